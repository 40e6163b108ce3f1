"""What the demonstration follows and shows: its cases, and the traffic with agencies and victims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg
from pydantic import TypeAdapter

from domain.agency_updates import UpdateKind
from domain.case import Case
from ports.agencies import ChannelName

_CASE: TypeAdapter[Case] = TypeAdapter(Case)

_CHANGED_CASES = """
select cases.state from cases
join unnest($1::text[], $2::int[]) as known (ref, version) on known.ref = cases.ref
where cases.version > known.version
"""

_REFUSED_REQUESTS = "select ref, reason from inbox where kind = 'request' and outcome = 'refused' and ref = any($1)"

_REFUSED_WEBHOOKS = "select count(*) from inbox where source like 'agency:%' and outcome = 'refused'"

# By hand: a caseworker has to tell them, which is a task.
_UPDATES = """
select split_part(agency, ':', 1) as agency, array_agg(content -> 'changed') as changed
from asks where ref = $1 and kind = 'case_update' and outcome in ('delivered', 'manual') group by 1
"""

_ASKED = """
select channel, count(distinct key) as asked
from ask_attempts where outcome in ('delivered', 'manual') group by channel
"""

# What came by webhook, by a link or from the register went through the inbox; the rest staff recorded for an agency. Of
# that only the answers of agencies that a caseworker has to ask count.
# The example of the register is of an offender that it found, if there is one.
_ANSWERED = """
with answers as (
    select entries.ref, entries.version, entries.event, entries.data ->> 'answer' is distinct from 'found' as not_found,
        case
            when inbox.id is null then by_hand.channel
            when agencies.channel = 'hmpps' then 'hmpps'
            when inbox.message_id like 'link-%' then 'email'
            else 'http'
        end as channel
    from entries
    left join inbox on inbox.id = entries.inbox
    left join agencies on inbox.source = 'agency:' || agencies.id
    left join lateral (
        select office.channel
        from asks join ask_attempts using (key) join agencies as office on office.id = ask_attempts.agency
        where asks.ref = entries.ref and office.channel = 'manual'
            and entries.by ->> 'on_behalf_of' in (office.kind, office.kind || ':' || office.id)
        limit 1
    ) as by_hand on inbox.id is null
    where agencies.id is not null or by_hand.channel is not null
)
select channel, count(*) as answered, (array_agg(event order by not_found, ref, version))[1] as event,
    (array_agg(ref order by not_found, ref, version))[1] as ref, not bool_and(not_found) as found
from answers group by channel
"""

_NOTIFICATIONS = "select state, count(*) from notifications where recipient = 'victim' group by state order by state"


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """One channel: how many requests went out by it, how many answers came, and one of these.

    `found`: whether an offender was found by one of them.
    """

    channel: str
    asked: int
    answered: int
    event: str
    ref: str
    found: bool


class DemonstrationQueries:
    """What happens to the cases of the demonstration."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_changed_cases(self, versions: Mapping[str, int]) -> tuple[Case, ...]:
        """Those of the cases with these references that have a later version than this."""
        rows = await self._pool.fetch(_CHANGED_CASES, list(versions), list(versions.values()))
        return tuple(_CASE.validate_python(row["state"]) for row in rows)

    async def list_refused_requests(self, refs: Sequence[str]) -> dict[str, str]:
        """Those of these references whose request was refused, each with the reason."""
        return {row["ref"]: row["reason"] for row in await self._pool.fetch(_REFUSED_REQUESTS, refs)}

    async def count_refused_webhooks(self) -> int:
        """How many messages of agencies were refused."""
        count: int = await self._pool.fetchval(_REFUSED_WEBHOOKS)
        return count

    async def list_updates(self, ref: str) -> dict[str, frozenset[UpdateKind]]:
        """What each kind of agency was told of the case `ref` besides what it was asked."""
        return {
            row["agency"]: frozenset(UpdateKind(change) for changes in row["changed"] for change in changes)
            for row in await self._pool.fetch(_UPDATES, ref)
        }

    async def summarise_channels(self) -> tuple[ChannelSummary, ...]:
        """Each channel by which agencies answered."""
        asked = {row["channel"]: row["asked"] for row in await self._pool.fetch(_ASKED)}
        answered = {row["channel"]: row for row in await self._pool.fetch(_ANSWERED)}
        return tuple(
            ChannelSummary(asked=asked.get(channel, 0), **answered[channel])
            for channel in ChannelName
            if channel in answered
        )

    async def count_notifications(self) -> dict[str, int]:
        """How many notifications to victims are in each state."""
        return {row["state"]: row["count"] for row in await self._pool.fetch(_NOTIFICATIONS)}
