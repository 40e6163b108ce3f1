"""The vault in PostgreSQL: a schema of its own, with the two sides in tables of their own."""

import uuid
from collections.abc import Mapping
from typing import Any

import asyncpg
import structlog

from adapters.postgres.text import make_storable
from domain.vocabulary import CaseRef
from ports.vault import THE_SERVICE

log = structlog.get_logger("adapters.vault")

_PUT_VICTIM = """
insert into vault.victims (ref, details, written_by) values ($1, $2, $3)
on conflict (ref) do update
set details = excluded.details, written_by = excluded.written_by, written_at = excluded.written_at
"""

# Only what is named: of two corrections at once neither undoes the other.
_CORRECT_VICTIM = """
update vault.victims
set details = (details || $2::jsonb) - $3::text[], written_by = $4, written_at = now()
where ref = $1
returning details
"""

_PUT_OFFENDER = """
insert into vault.offenders (ref, details, written_by) values ($1, $2, $3)
on conflict (ref) do update
set details = excluded.details, written_by = excluded.written_by, written_at = excluded.written_at
"""

_PUT_NOTE = """
insert into vault.notes (id, ref, text, written_by) values ($1, $2, $3, $4) on conflict (id) do nothing
"""

# A command's log goes nowhere, so that a person read something is kept beside it, or nothing is read.
_NOTE = """
with remembered as (
    insert into vault.access_log (ref, what, by) select ref, 'note', $2 from vault.notes where id = $1 and $2 <> $3
)
select text from vault.notes where id = $1
"""


_VICTIM = """
with remembered as (
    insert into vault.access_log (ref, what, by) select ref, 'victim', $2 from vault.victims where ref = $1 and $2 <> $3
)
select details from vault.victims where ref = $1
"""


class PostgresVault:
    """Implements `ports.vault.Vault`. Every reading is logged: what of which case, and who read."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def save_victim(self, ref: CaseRef, details: Mapping[str, Any], *, by: str) -> None:
        """Keep the victim's details; see the port."""
        await self._pool.execute(_PUT_VICTIM, ref, make_storable(dict(details)), by)

    async def correct_victim(self, ref: CaseRef, changes: Mapping[str, str], *, by: str) -> Mapping[str, Any] | None:
        """Write these of the victim's details anew; see the port."""
        gone = [field for field, value in changes.items() if not value]
        corrected: Mapping[str, Any] | None = await self._pool.fetchval(
            _CORRECT_VICTIM, ref, make_storable(dict(changes)), gone, by
        )
        return corrected

    async def save_offender(self, ref: CaseRef, details: Mapping[str, Any], *, by: str) -> None:
        """Keep the offender's details; see the port."""
        await self._pool.execute(_PUT_OFFENDER, ref, make_storable(dict(details)), by)

    async def get_victim(self, ref: CaseRef, *, by: str) -> Mapping[str, Any] | None:
        """The victim's details; see the port."""
        log.info("vault.read", what="victim", case=ref, by=by)
        details: Mapping[str, Any] | None = await self._pool.fetchval(_VICTIM, ref, by, THE_SERVICE)
        return details

    async def get_offender(self, ref: CaseRef, *, by: str = THE_SERVICE) -> Mapping[str, Any] | None:
        """The offender's details; see the port."""
        log.info("vault.read", what="offender", case=ref, by=by)
        details: Mapping[str, Any] | None = await self._pool.fetchval(
            "select details from vault.offenders where ref = $1", ref
        )
        return details

    async def save_note(self, ref: CaseRef, text: str, *, by: str, id: uuid.UUID | None = None) -> str:
        """Keep a free text; see the port."""
        note_id = id or uuid.uuid4()
        await self._pool.execute(_PUT_NOTE, note_id, ref, make_storable(text), by)
        return str(note_id)

    async def get_note(self, note_id: str, *, by: str) -> str | None:
        """The text of a note; see the port."""
        log.info("vault.read", what="note", note=note_id, by=by)
        try:
            known = uuid.UUID(note_id)
        except ValueError:
            return None
        text: str | None = await self._pool.fetchval(_NOTE, known, by, THE_SERVICE)
        return text
