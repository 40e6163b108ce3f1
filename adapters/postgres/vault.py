"""The vault in PostgreSQL: a separate schema, with a table for each side."""

import uuid
from collections.abc import Mapping
from typing import Any

import asyncpg
import structlog

from adapters.postgres.text import make_storable
from domain.vocabulary import CaseRef
from ports.vault import THE_SERVICE

log = structlog.get_logger("adapters.vault")

_SAVE_VICTIM = """
insert into vault.victims (ref, details, written_by) values ($1, $2, $3)
on conflict (ref) do update
set details = excluded.details, written_by = excluded.written_by, written_at = excluded.written_at
"""

_SAVE_OFFENDER = _SAVE_VICTIM.replace("vault.victims", "vault.offenders")

# Only the details that change, so that of two corrections at the same time neither reverts the other.
_CORRECT_VICTIM = """
with access as (
    insert into vault.access_log (ref, what, action, by) select ref, 'victim', 'corrected', $4 from vault.victims
    where ref = $1
)
update vault.victims
set details = (details || $2::jsonb) - $3::text[], written_by = $4, written_at = now()
where ref = $1
returning details
"""

_CORRECT_OFFENDER = """
with access as (insert into vault.access_log (ref, what, action, by) values ($1, 'offender', 'corrected', $4))
insert into vault.offenders (ref, details, written_by) values ($1, $2::jsonb - $3::text[], $4)
on conflict (ref) do update
set details = (vault.offenders.details || $2::jsonb) - $3::text[], written_by = $4, written_at = now()
returning details
"""

_STORE_CHANGE = """
insert into vault.contact_changes (ref, id, details, removed, written_by) values ($1, $2, $3, $4, $5)
on conflict (ref, id) do update set requested_at = now() where contact_changes.applied_at is null
"""

# Two that apply it at once wait for each other here, and the second one finds nothing to apply. Details that have been
# written since it was requested are newer, and stay.
_APPLY_CHANGE = """
with change as (
    select ref, id, details, removed, written_by, requested_at from vault.contact_changes
    where ref = $1 and id = $2 and applied_at is null
    for update
),
applied as (
    update vault.contact_changes as known set applied_at = now(), details = '{}', removed = '{}'
    from change where known.ref = change.ref and known.id = change.id
),
access as (
    insert into vault.access_log (ref, what, action, by)
    select ref, 'victim', 'corrected', change.written_by from change join vault.victims using (ref)
    where victims.written_at <= change.requested_at
)
update vault.victims
set details = (victims.details || change.details) - change.removed, written_by = change.written_by, written_at = now()
from change where victims.ref = change.ref and victims.written_at <= change.requested_at
"""

_DROP_CHANGE = "delete from vault.contact_changes where ref = $1 and id = $2 and applied_at is null"

_RECORDED_CHANGES = """
select ref, id from vault.contact_changes as change
where applied_at is null and exists (select from entries where entries.ref = change.ref and entries.id = change.id)
order by requested_at
"""

_PRUNE_CHANGES = "delete from vault.contact_changes where requested_at < now() - $1 * interval '1 day'"

_SAVE_NOTE = """
insert into vault.notes (id, ref, text, written_by) values ($1, $2, $3, $4) on conflict (id) do nothing
"""

# The log of a command is not stored, so the same statement records who read something.
_GET_NOTE = """
with access as (
    insert into vault.access_log (ref, what, by) select ref, 'note', $2 from vault.notes where id = $1 and $2 <> $3
)
select text from vault.notes where id = $1
"""

_GET_VICTIM = """
with access as (
    insert into vault.access_log (ref, what, by) select ref, 'victim', $2 from vault.victims where ref = $1 and $2 <> $3
)
select details from vault.victims where ref = $1
"""

_GET_OFFENDER = """
with access as (
    insert into vault.access_log (ref, what, by) select $1, 'offender', $2 where $2 <> $3
)
select details from vault.offenders where ref = $1
"""

_BY_PHONE = """
select ref from vault.victims
where vault.normalised_phone(details ->> 'phone') = vault.normalised_phone($1)
order by ref
"""


class PostgresVault:
    """Implements `ports.vault.Vault`. Each read is logged: what of which case, and by which account."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def save_victim(self, ref: CaseRef, details: Mapping[str, Any], *, by: str) -> None:
        """Store the victim's details; see the port."""
        await self._pool.execute(_SAVE_VICTIM, ref, make_storable(dict(details)), by)

    async def save_offender(self, ref: CaseRef, details: Mapping[str, Any], *, by: str) -> None:
        """Store the offender's details; see the port."""
        await self._pool.execute(_SAVE_OFFENDER, ref, make_storable(dict(details)), by)

    async def correct_victim(self, ref: CaseRef, changes: Mapping[str, Any], *, by: str) -> Mapping[str, Any] | None:
        """Change some of the victim's details; see the port."""
        details: Mapping[str, Any] | None = await self._pool.fetchval(_CORRECT_VICTIM, ref, *_split(changes), by)
        return details

    async def correct_offender(self, ref: CaseRef, changes: Mapping[str, Any], *, by: str) -> Mapping[str, Any]:
        """Change or add details of the offender; see the port."""
        details: Mapping[str, Any] = await self._pool.fetchval(_CORRECT_OFFENDER, ref, *_split(changes), by)
        return details

    async def store_change(self, ref: CaseRef, id: str, changes: Mapping[str, Any], *, by: str) -> None:
        """Store a change of the victim's details that is yet to be applied; see the port."""
        await self._pool.execute(_STORE_CHANGE, ref, id, *_split(changes), by)

    async def apply_change(self, ref: CaseRef, id: str) -> None:
        """Apply a stored change once; see the port."""
        await self._pool.execute(_APPLY_CHANGE, ref, id)

    async def drop_change(self, ref: CaseRef, id: str) -> None:
        """Forget a change that was not applied; see the port."""
        await self._pool.execute(_DROP_CHANGE, ref, id)

    async def apply_recorded_changes(self, days: float) -> int:
        """Apply the changes whose entries were recorded and that a crash has left, and return how many there were.

        Those that were requested more than `days` ago are forgotten.
        """
        recorded = await self._pool.fetch(_RECORDED_CHANGES)
        for row in recorded:
            await self.apply_change(CaseRef(row["ref"]), row["id"])
        await self._pool.execute(_PRUNE_CHANGES, days)
        return len(recorded)

    async def get_victim(self, ref: CaseRef, *, by: str) -> Mapping[str, Any] | None:
        """Return the victim's details; see the port."""
        log.info("vault.read", what="victim", case=ref, by=by)
        details: Mapping[str, Any] | None = await self._pool.fetchval(_GET_VICTIM, ref, by, THE_SERVICE)
        return details

    async def get_offender(self, ref: CaseRef, *, by: str = THE_SERVICE) -> Mapping[str, Any] | None:
        """Return the offender's details; see the port."""
        log.info("vault.read", what="offender", case=ref, by=by)
        details: Mapping[str, Any] | None = await self._pool.fetchval(_GET_OFFENDER, ref, by, THE_SERVICE)
        return details

    async def find_refs_by_phone(self, phone: str) -> tuple[CaseRef, ...]:
        """The cases whose victim has this telephone number, however it is written."""
        rows = await self._pool.fetch(_BY_PHONE, phone)
        return tuple(CaseRef(row["ref"]) for row in rows)

    async def save_note(self, ref: CaseRef, text: str, *, by: str, id: uuid.UUID | None = None) -> str:
        """Store a free text; see the port."""
        note_id = id or uuid.uuid4()
        await self._pool.execute(_SAVE_NOTE, note_id, ref, make_storable(text), by)
        return str(note_id)

    async def get_note(self, note_id: str, *, by: str) -> str | None:
        """Return the text of a note; see the port."""
        log.info("vault.read", what="note", note=note_id, by=by)
        try:
            id = uuid.UUID(note_id)
        except ValueError:
            return None
        text: str | None = await self._pool.fetchval(_GET_NOTE, id, by, THE_SERVICE)
        return text


def _split(changes: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """Return the changes as they are stored, and the names of those that remove a detail."""
    return make_storable(dict(changes)), [name for name, value in changes.items() if value in (None, "", [])]
