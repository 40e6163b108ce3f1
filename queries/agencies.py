"""The directory of agencies as people read it: with those that were removed, and without any key."""

from collections import defaultdict
from collections.abc import Sequence

import asyncpg

from domain.weekdays import write_weekdays
from ports.agency_views import (
    ALL_AGENCIES,
    LIST_START,
    ActiveKey,
    AgencyFilters,
    AgencyPause,
    AgencySortKey,
    ListedAgency,
)
from ports.directory import AGENCY_ID, QUESTIONS

_AGENCIES = """
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

_PAUSES = """
select agency, since, by from agency_pauses
where ($1::text[] is null or agency = any($1))
    and ($2::text[] is null or agency = '' or exists (
        select from agencies where agencies.id = agency_pauses.agency and (area = '' or area = any($2))
    ))
order by agency
"""


class AgencyQueries:
    """Agencies, with their keys' times and their pauses."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def list_agencies(
        self, filters: AgencyFilters, *, limit: int | None = None, after: AgencySortKey = LIST_START
    ) -> tuple[ListedAgency, ...]:
        """Up to `limit` agencies (None: all) after `after`: national ones first, then by area, kind and id."""
        values = (None, filters.kind, filters.area, filters.channel, filters.paused, filters.active)
        return await self._list(*values, *after, limit)

    async def get_agency(self, id: str) -> ListedAgency | None:
        """The agency `id`, even if it was removed; None: there is none."""
        if AGENCY_ID.fullmatch(id) is None:
            return None
        found = await self._list(id, None, None, None, None, None, *LIST_START, None)
        return found[0] if found else None

    async def list_pauses(
        self, *, agency: str | None = None, areas: Sequence[str] | None = None
    ) -> tuple[AgencyPause, ...]:
        """The pauses that concern `agency` and cases of `areas` (None: all), that of all agencies first."""
        agencies = None if agency is None else [ALL_AGENCIES, agency]
        return tuple(AgencyPause(**row) for row in await self._pool.fetch(_PAUSES, agencies, areas))

    async def _list(self, *values: object) -> tuple[ListedAgency, ...]:
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            rows = await connection.fetch(_AGENCIES, *values)
            ids = [row["id"] for row in rows]
            keys: dict[tuple[str, str], list[ActiveKey]] = defaultdict(list)
            for key in await connection.fetch(_KEYS, ids):
                keys[key["agency"], key["side"]].append(ActiveKey(key["added_at"], key["until"]))
            pauses = [AgencyPause(**row) for row in await connection.fetch(_PAUSES, [ALL_AGENCIES, *ids], None)]
        fields = ("id", "kind", "area", "name", "channel", "address", "contact", "active")
        return tuple(
            ListedAgency(
                **{name: row[name] for name in fields},
                questions=tuple(question for question in QUESTIONS if question in row["questions"]),
                works_on=write_weekdays(row["works_on"]),
                pauses=tuple(pause for pause in pauses if pause.agency in (row["id"], ALL_AGENCIES)),
                theirs=tuple(keys[row["id"], "theirs"]),
                ours=tuple(keys[row["id"], "ours"]),
            )
            for row in rows
        )
