"""The directory of agencies as people read it, from PostgreSQL: with those taken out, and without any key."""

from collections import defaultdict
from collections.abc import Iterable

import asyncpg

from domain.weekdays import write_weekdays
from ports.agency_views import (
    EVERY_AGENCY,
    LIST_START,
    ActiveKey,
    AgencyFilters,
    AgencyPause,
    AgencySortKey,
    ListedAgency,
)
from ports.directory import AGENCY_ID, QUESTIONS

_LISTED = """
select id, kind, area, name, channel, address, questions, contact, works_on, active
from agencies
where ($1::text is null or id = $1)
    and ($2::text is null or kind = $2)
    and ($3::text is null or area = $3)
    and ($4::text is null or channel = $4)
    and ($5::boolean is null or $5 = exists (select from agency_pauses where agency in (agencies.id, '')))
    and ($6::boolean is null or active = $6)
    and (area, kind, id) > ($7, $8, $9)
order by area, kind, id limit $10
"""

_KEYS = """
select agency, side, added_at, until
from agency_keys
where agency = any($1) and (until is null or until > now())
order by added_at desc, secret
"""

_RESTING = "select agency, since, by from agency_pauses where agency = any($1) order by agency"


class PostgresListing:
    """Lists the directory's entries."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def agencies(
        self, filters: AgencyFilters, *, limit: int | None = None, after: AgencySortKey = LIST_START
    ) -> tuple[ListedAgency, ...]:
        """Up to `limit` agencies that pass `filters`, those of one area together, the national ones first."""
        wanted = (None, filters.kind, filters.area, filters.channel, filters.paused, filters.active)
        return await self._listed(*wanted, *after, limit)

    async def agency(self, id: str) -> ListedAgency | None:
        """The agency named `id`, also where it was taken out; None: there is none."""
        if AGENCY_ID.fullmatch(id) is None:
            return None
        found = await self._listed(id, None, None, None, None, None, *LIST_START, None)
        return found[0] if found else None

    async def _listed(self, *wanted: object) -> tuple[ListedAgency, ...]:
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            rows = await connection.fetch(_LISTED, *wanted)
            ids = [row["id"] for row in rows]
            keys = await connection.fetch(_KEYS, ids)
            resting = await connection.fetch(_RESTING, [EVERY_AGENCY, *ids])
        return tuple(_shown(rows, keys, resting))


def _shown(
    rows: Iterable[asyncpg.Record], keys: Iterable[asyncpg.Record], resting: Iterable[asyncpg.Record]
) -> Iterable[ListedAgency]:
    kept: dict[tuple[str, str], list[ActiveKey]] = defaultdict(list)
    for key in keys:
        kept[key["agency"], key["side"]].append(ActiveKey(key["added_at"], key["until"]))
    pauses = [AgencyPause(**row) for row in resting]
    for row in rows:
        yield ListedAgency(
            **{name: row[name] for name in ("id", "kind", "area", "name", "channel", "address", "contact", "active")},
            questions=tuple(question for question in QUESTIONS if question in row["questions"]),
            works_on=write_weekdays(row["works_on"]),
            pauses=tuple(pause for pause in pauses if pause.agency in (row["id"], EVERY_AGENCY)),
            theirs=tuple(kept[row["id"], "theirs"]),
            ours=tuple(kept[row["id"], "ours"]),
        )
