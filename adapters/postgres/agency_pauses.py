"""Pauses of what is sent to agencies, in PostgreSQL."""

import asyncpg
import structlog

from ports.agency_views import ALL_AGENCIES, AgencyPause
from ports.directory import AGENCY_ID, UnknownAgency

log = structlog.get_logger("adapters.postgres.agency_pauses")

_IS_KNOWN = "select exists (select from agencies where id = $1)"
# The update changes nothing, but returns a pause that exists already.
_PAUSE = """
insert into agency_pauses (agency, by) values ($1, $2)
on conflict (agency) do update set agency = excluded.agency
returning agency, since, by
"""
_RESUME = "delete from agency_pauses where agency = $1 returning agency, since, by"
_LIST = "select agency, since, by from agency_pauses where $1::text is null or agency in ($1, '') order by agency"


class PostgresAgencyPauses:
    """What `ports.agency_admin` names of pauses. Answers of a paused agency are still accepted."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def pause(self, agency: str, by: str) -> AgencyPause:
        """Pause one agency or all (`ALL_AGENCIES`); see the port."""
        await self._require_known(agency)
        row = await self._pool.fetchrow(_PAUSE, agency, by)
        assert row is not None, "the statement inserts or finds a pause"
        log.info("directory.paused", agency=agency or "all", by=by)
        return AgencyPause(**row)

    async def resume(self, agency: str, by: str) -> AgencyPause | None:
        """End the pause of one agency, or the one of all; see the port."""
        await self._require_known(agency)
        row = await self._pool.fetchrow(_RESUME, agency)
        log.info("directory.resumed", agency=agency or "all", by=by)
        return AgencyPause(**row) if row else None

    async def list_pauses(self, agency: str | None = None) -> tuple[AgencyPause, ...]:
        """Return every pause, the one of all agencies first; or those that hold back requests to `agency`."""
        return tuple(AgencyPause(**row) for row in await self._pool.fetch(_LIST, agency))

    async def _require_known(self, agency: str) -> None:
        if agency == ALL_AGENCIES:
            return
        if AGENCY_ID.fullmatch(agency) is None or not await self._pool.fetchval(_IS_KNOWN, agency):
            raise UnknownAgency
