"""Whose asks an operator has paused, in PostgreSQL."""

import asyncpg
import structlog

from ports.agency_views import EVERY_AGENCY, AgencyPause
from ports.directory import AGENCY_ID, UnknownAgency

log = structlog.get_logger("adapters.postgres.agency_pauses")

_KNOWN = "select from agencies where id = $1"
# The update changes nothing: it lets a pause that is there be returned.
_PAUSE = """
insert into agency_pauses (agency, by) values ($1, $2)
on conflict (agency) do update set agency = excluded.agency
returning agency, since, by
"""
_RESUME = "delete from agency_pauses where agency = $1 returning agency, since, by"


class PostgresAgencyPauses:
    """Pauses what is sent to agencies, and resumes it. What they answer is taken all the same."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def pause(self, agency: str, by: str) -> AgencyPause:
        """Let the asks of `agency` rest, or all (`EVERY_AGENCY`); what rests already stays as it is.

        Raises UnknownAgency.
        """
        await self._require(agency)
        row = await self._pool.fetchrow(_PAUSE, agency, by)
        assert row is not None, "it is inserted, or was there"
        log.info("directory.paused", agency=agency or "all", by=by)
        return AgencyPause(**row)

    async def resume(self, agency: str, by: str) -> AgencyPause | None:
        """End the pause of `agency`, or the one for all; the pause that was. Raises UnknownAgency."""
        await self._require(agency)
        row = await self._pool.fetchrow(_RESUME, agency)
        log.info("directory.resumed", agency=agency or "all", by=by)
        return AgencyPause(**row) if row else None

    async def _require(self, agency: str) -> None:
        if agency == EVERY_AGENCY:
            return
        if AGENCY_ID.fullmatch(agency) is None or await self._pool.fetchrow(_KNOWN, agency) is None:
            raise UnknownAgency
