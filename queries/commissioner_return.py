"""The return that a service makes to its commissioner for a period: offers, requests, contacts, ends and feedback.

A request counts for the area that received it, and what happened for the area that had the case when it was recorded,
so that a transfer changes no figure of the past. The day on which it happened counts. What was corrected does not
count. Of the answers about one case only the last one in the period counts: whether the agreement was kept, and what
each side thinks.

It costs each write an index of some of the entries, and columns of the case that repeat what is counted of its request.
Reading grows with the requests and events of the period: of 100,000 cases (700,000 entries), of which 44,000 were
received in the quarter, it takes about two seconds. That of one area takes half as long, as entries have no area.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import asyncpg

from domain.events import (
    ContactMade,
    EntryCorrected,
    FeedbackRecorded,
    FollowUpRecorded,
    MeetingHeld,
    MessagePassed,
    OffenderAnswered,
    OffenderApproached,
    RequestReceived,
    TransferAccepted,
    TransferProposed,
    VictimAnswered,
)
from domain.monitoring import (
    ALL,
    CHARACTERISTICS,
    CONTACT_TOOK_PLACE,
    ENHANCED_RIGHTS,
    NO_REFERRER,
    STANDARD_RIGHTS,
    Indicator,
    publishable,
)
from domain.routes import route_of
from domain.victim_rights import has_enhanced_rights
from domain.vocabulary import AgeGroup, Flag, InitiatedBy, Offence, Stage, TakesPartAs
from queries.day_counts import DayCounts
from queries.periods import Period, with_all_areas
from queries.reports import TIMEOUT, ReportQueries


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """How many there were of one `item` of what is counted; None: too few people to be shown.

    Where it is about days, `number` is how many cases came so far, within `median_days` and `p90_days` calendar days of
    the request.
    """

    area: str
    indicator: Indicator
    item: str
    number: int | None
    median_days: int | None = None
    p90_days: int | None = None


# In which entries of a case that was ever transferred which area had it; all others have the area of the case.
_AREAS = f"""
transferred as materialized (
    select accepted.ref, accepted.version, (
        select proposed.data ->> 'to_area' from entries as proposed
        where proposed.ref = accepted.ref and proposed.version < accepted.version
            and proposed.event = '{TransferProposed.name}'
        order by proposed.version desc limit 1
    ) as area
    from entries as accepted where accepted.event = '{TransferAccepted.name}'
),
areas as materialized (
    select ref, version as since, lead(version) over (partition by ref order by version) as until, area
    from (
        select ref, version, area from transferred
        union all
        select ref, version, data ->> 'area' from entries where version = 1 and ref in (select ref from transferred)
    ) as changes
)
"""  # noqa: S608 - the names above

# Many requests are alike, so there are few rows.
_REQUESTS = f"""
with {_AREAS}
select area, request, flags, count(*) as number
from (
    select area, request, flags from cases
    where received_at >= $1 and received_at < $2 and ($3::text[] is null or area = any($3)) and request is not null
        and ref not in (select ref from areas)
    union all
    select areas.area, request, flags from areas join cases using (ref)
    where areas.since = 1 and received_at >= $1 and received_at < $2
        and ($3::text[] is null or areas.area = any($3)) and request is not null
    union all
    select area, data - '{{area,incident,continues,referred_on}}'::text[], data -> 'flags'
    from (
        select record -> 'data' as data, coalesce(record #>> '{{data,area}}', '') as area from inbox
        where kind = 'request' and outcome = 'refused' and resolved_at >= $1 and resolved_at < $2
    ) as refused
    where $3::text[] is null or area = any($3)
) as requests
group by 1, 2, 3
"""  # noqa: S608 - the part above

_FIRST = {
    VictimAnswered.name: Indicator.DAYS_TO_FIRST_CONTACT,
    ContactMade.name: Indicator.DAYS_TO_FIRST_CONTACT,
    OffenderApproached.name: Indicator.DAYS_TO_APPROACH,
    OffenderAnswered.name: Indicator.DAYS_TO_APPROACH,
    MeetingHeld.name: Indicator.DAYS_TO_CONTACT,
}
_HAPPENED = (*_FIRST, MessagePassed.name, FollowUpRecorded.name, FeedbackRecorded.name)
_NAMES = ", ".join(f"'{name}'" for name in _HAPPENED)

# What is recorded in the period or later may have happened in it. Constants, so that the index is used.
_HAPPENED_IN_PERIOD = f"""{_AREAS},
corrected as materialized (
    select ref, data ->> 'which' as id from entries where event = '{EntryCorrected.name}'
),
happened as materialized (
    select entries.ref, entries.version, event, data, on_day, coalesce(areas.area, cases.area) as area
    from entries
    join cases on cases.ref = entries.ref
    left join areas on areas.ref = entries.ref and entries.version >= areas.since
        and (areas.until is null or entries.version < areas.until)
    cross join lateral (
        select coalesce((data ->> 'on')::date, occurred_on, (at at time zone 'Europe/London')::date) as on_day
    ) as days
    where event in ({_NAMES}) and at >= $1 and on_day between $2 and $3
        and not exists (select from corrected where corrected.ref = entries.ref and corrected.id = entries.id)
),
"""  # noqa: S608 - the names above

_COUNTS = f"""
with {_HAPPENED_IN_PERIOD}answers as (
    select ref, version, area, indicator, item
    from happened, lateral (
        values
            (
                case event when '{FollowUpRecorded.name}' then '{Indicator.AGREEMENTS_KEPT}' end,
                data ->> 'agreement_kept'
            ),
            (
                case event when '{FeedbackRecorded.name}' then 'satisfaction_' || (data ->> 'whose') end,
                data ->> 'satisfaction'
            ),
            (
                case event when '{FeedbackRecorded.name}' then 'needs_met_' || (data ->> 'whose') end,
                data ->> 'needs_met'
            )
    ) as answer (indicator, item)
    where indicator is not null and item is not null
),
counted as (
    (
        select distinct on (ref, indicator) area, indicator, item from answers order by ref, indicator, version desc
    )
    union all
    select area, case event when '{MeetingHeld.name}' then '{Indicator.CONTACTS_BY_FORM}'
        else '{Indicator.MESSAGES_PASSED_BY_FORM}' end, data ->> 'form'
    from happened where event in ('{MeetingHeld.name}', '{MessagePassed.name}')
)
select area, indicator, item, count(*) as number
from counted
where $4::text[] is null or area = any($4)
group by 1, 2, 3
"""  # noqa: S608 - the names above

# The first time counts, also where it came again in the period.
_DAYS = f"""
with {_HAPPENED_IN_PERIOD}measured as (
    select ref, version, area, on_day, case
        {" ".join(f"when event = '{name}' then '{indicator}'" for name, indicator in _FIRST.items())}
    end as indicator
    from happened
),
reached as (
    select distinct on (ref, indicator) ref, indicator, version, area, on_day
    from measured where indicator is not null
    order by ref, indicator, version
)
select reached.area, indicator, number_of_days as days, count(*) as number
from reached join cases using (ref), lateral (
    select greatest(
        0, on_day - coalesce(referred_on::date, (received_at at time zone 'Europe/London')::date)
    ) as number_of_days
) as days
where ($4::text[] is null or reached.area = any($4)) and not exists (
    select from entries as earlier
    where earlier.ref = reached.ref and earlier.version < reached.version
        and not exists (select from corrected where corrected.ref = earlier.ref and corrected.id = earlier.id)
        and case
            {" ".join(f"when earlier.event = '{name}' then '{indicator}'" for name, indicator in _FIRST.items())}
        end = reached.indicator
)
group by 1, 2, 3
"""  # noqa: S608 - the names above

_OFFERS = """
select area, offence, made_by, count(*) as number
from offers
where made_on between $1 and $2 and was_made and ($3::text[] is null or area = any($3))
    and not exists (select from offers as correction where correction.corrects = offers.id)
group by 1, 2, 3
"""

# Only whole quarters: nothing says on which day of a quarter somebody answered.
_CHARACTERISTICS = """
select area, side, characteristic, value, sum(people) as people
from characteristics
where quarter >= $1 and quarter + interval '3 months' <= $2::date + interval '1 day'
    and ($3::text[] is null or area = any($3))
group by 1, 2, 3, 4
"""


class ReturnQueries:
    """The commissioner's return."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_lines(self, period: Period, *, areas: Sequence[str] | None) -> tuple[ReturnLine, ...]:
        """The return of `period` for `areas` (None: all), by area and in the order of the indicators."""
        counts: Counter[tuple[str, Indicator, str]] = Counter()
        for area, (indicator, item, number) in with_all_areas(await self._count(period, areas)):
            counts[area, indicator, item] += number
        lines = [ReturnLine(*what, number) for what, number in counts.items()]
        days: dict[tuple[str, Indicator], list[tuple[int, int]]] = defaultdict(list)
        rows = await self._pool.fetch(_DAYS, period.moments[0], period.first, period.last, areas, timeout=TIMEOUT)
        for area, row in with_all_areas((row["area"], row) for row in rows):
            days[area, Indicator(row["indicator"])].append((row["days"], row["number"]))
        for what, counted in days.items():
            of = DayCounts.of(counted)
            lines.append(ReturnLine(*what, ALL, of.count, of.median, of.p90))
        lines += await self._list_characteristics(period, areas)
        return tuple(sorted(lines, key=_return_order))

    async def _count(self, period: Period, areas: Sequence[str] | None) -> list[tuple[str, tuple[Indicator, str, int]]]:
        """What is counted in each area, as indicator, item and number; an item may come more than once."""
        days = (period.first, period.last, areas)
        found: list[tuple[str, tuple[Indicator, str, int]]] = []
        for row in await self._pool.fetch(_OFFERS, *days, timeout=TIMEOUT):
            items = ((Indicator.OFFERS, ALL), (Indicator.OFFERS_BY_OFFENCE, row["offence"]))
            of_agency = (Indicator.OFFERS_BY_AGENCY, row["made_by"].partition(":")[0])
            found += [(row["area"], (*item, row["number"])) for item in (*items, of_agency)]
        for row in await self._pool.fetch(_REQUESTS, *period.moments, areas, timeout=TIMEOUT):
            found += [(row["area"], (*item, row["number"])) for item in _items_of_request(row)]
        for row in await self._pool.fetch(_COUNTS, period.moments[0], *days, timeout=TIMEOUT):
            found.append((row["area"], (Indicator(row["indicator"]), row["item"], row["number"])))
        for row in await ReportQueries(self._pool).count_outcomes(period, areas=areas):
            item = CONTACT_TOOK_PLACE if row["outcome"] == Stage.MEETING_HELD else row["reason"]
            found.append((row["area"], (Indicator.ENDS_BY_REASON, item, row["cases"])))
        return found

    async def _list_characteristics(self, period: Period, areas: Sequence[str] | None) -> list[ReturnLine]:
        """Every answer to a question, once one of them was given often enough, so that no line says that it is rare."""
        rows = await self._pool.fetch(_CHARACTERISTICS, period.first, period.last, areas, timeout=TIMEOUT)
        people: Counter[tuple[str, str, str, str]] = Counter()
        for area, row in with_all_areas((row["area"], row) for row in rows):
            people[area, row["side"], row["characteristic"], row["value"]] += row["people"]
        lines = []
        for area, side, name in sorted({what[:3] for what in people}):
            numbers = {value: publishable(people[area, side, name, value]) for value in CHARACTERISTICS[name]}
            if any(numbers.values()):
                indicator = Indicator(f"characteristics_{side}")
                lines += [ReturnLine(area, indicator, f"{name}:{value}", number) for value, number in numbers.items()]
        return lines


def _items_of_request(row: asyncpg.Record) -> Iterator[tuple[Indicator, str]]:
    """What a request counts as; what it leaves out has its default value."""
    data = row["request"]
    request = RequestReceived(
        area=row["area"],
        initiated_by=InitiatedBy(data["initiated_by"]),
        takes_part_as=TakesPartAs(data["takes_part_as"]),
        offender_age_group=AgeGroup(data["offender_age_group"]),
        has_vlo=data.get("has_vlo", False),
        in_touch_with_police=data.get("in_touch_with_police", True),
        victim_under_18=data.get("victim_under_18", False),
        offence=Offence(data.get("offence", Offence.NOT_STATED)),
    )
    flags = frozenset(Flag(flag) for flag in row["flags"] or ())
    yield Indicator.REQUESTS, ALL
    yield Indicator.REQUESTS_BY_REFERRER, data.get("referred_by", "").partition(":")[0] or NO_REFERRER
    yield Indicator.REQUESTS_BY_OFFENCE, request.offence
    yield Indicator.REQUESTS_BY_ROUTE, route_of(request)
    yield Indicator.REQUESTS_BY_INITIATOR, request.initiated_by
    rights = ENHANCED_RIGHTS if has_enhanced_rights(request, flags) else STANDARD_RIGHTS
    yield Indicator.REQUESTS_BY_ENHANCED_RIGHTS, rights


def _return_order(line: ReturnLine) -> tuple[str, int, int, str]:
    """By area and indicator, then the most frequent first; characteristics as they are asked."""
    indicator = list(Indicator).index(line.indicator)
    if line.item in _ORDER_OF_CHARACTERISTICS:
        return line.area, indicator, _ORDER_OF_CHARACTERISTICS[line.item], ""
    return line.area, indicator, -(line.number or 0), line.item


_ORDER_OF_CHARACTERISTICS = {
    item: number
    for number, item in enumerate(f"{name}:{value}" for name, values in CHARACTERISTICS.items() for value in values)
}
