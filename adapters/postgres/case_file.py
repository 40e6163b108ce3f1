"""The case file in PostgreSQL: batches are written by one statement, in one transaction and one round trip."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import asyncpg
from pydantic_core import to_json

from adapters.postgres.case_file_statement import REBUILD, RECOMPUTE_SINCE, write_statement
from adapters.postgres.group_commit import GroupCommit
from adapters.postgres.text import UNSTORABLE, make_storable
from domain.effects import NotifyVictim
from domain.victim_explanation import compose
from domain.vocabulary import Role
from ports.case_file import CaseSnapshot, Notification, RecordResult, ResultQuery, SequenceConflict, WriteBatch
from ports.entry_chain import canonical

MAX_ATTEMPTS = 3
"""A batch may lose a race for a version, and may need text replaced that cannot be stored."""
MAX_BATCH = 20
"""The number of batches in one transaction."""
GROUP_TIMEOUT = 2.0
"""Seconds after which a transaction probably waits for a lock on one case's row: then each batch is written alone."""

_FIND_RESULTS = """
select id, event, at, version, stage, step, reason, null as refused, '' as detail
from entries where ref = $1 and id = any($2)
union all
select id, event, at, 0, '', '', null, code, detail
from refusals where ref = $1 and id = any($2)
    and not exists (select from entries where entries.ref = refusals.ref and entries.id = refusals.id)
"""


class PostgresCaseFile:
    """Implements `ports.case_file.CaseFile`."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    async def write(self, batch: WriteBatch) -> None:
        """Write `batch`; see the port."""
        conflict: SequenceConflict | None = None
        for _ in range(MAX_ATTEMPTS):
            try:
                (conflict,) = await self.write_group([batch])
                break
            except asyncpg.UniqueViolationError as error:
                # Another writer may have been first: its entry is found at the next attempt.
                conflict = SequenceConflict(f"{batch.ref}: {error.constraint_name}")
            except UNSTORABLE as error:
                conflict = SequenceConflict(f"{batch.ref}: {type(error).__name__}")
                batch = make_storable(batch)
            except (asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError) as error:
                conflict = SequenceConflict(f"{batch.ref}: {type(error).__name__}")
                break
        if conflict is not None:
            raise conflict

    async def write_group(self, batches: Sequence[WriteBatch]) -> tuple[SequenceConflict | None, ...]:
        """Write batches of different cases in one transaction; nothing is written of a batch that has a conflict.

        An error of the database means that no batch was written: each can still be written alone.
        """
        ordered = sorted(batches, key=lambda batch: batch.ref)
        entries = [
            {"ref": batch.ref, **_fields(entry), "canonical": canonical(batch.ref, entry).decode()}
            for batch in ordered
            for entry in batch.entries
        ]
        cases = [_case_row(batch.case) for batch in ordered if batch.case is not None]
        refused = [{"ref": batch.ref, **_fields(record)} for batch in ordered for record in batch.refused]
        notifications = [
            {**_notification_row(item), "ref": batch.ref} for batch in ordered for item in batch.notifications
        ]
        statement = write_statement(
            refused=bool(refused),
            notifications=bool(notifications),
            messages=any(record["inbox"] for record in (*entries, *refused)),
        )
        parameters = (entries, cases, *(rows for rows in (refused, notifications) if rows))
        rows = await self._pool.fetch(statement, *map(_to_json, parameters))
        conflicts = {
            row["ref"]: SequenceConflict(
                f"{row['ref']}: entry {row['version']} is another's, or leaves a gap before it"
            )
            for row in rows
        }
        return tuple(conflicts.get(batch.ref) for batch in batches)

    async def find_results(self, query: ResultQuery) -> tuple[RecordResult, ...]:
        """What became of the records in `query`; see the port."""
        rows = await self._pool.fetch(_FIND_RESULTS, query.ref, query.ids)
        return tuple(RecordResult(**row) for row in rows)

    async def rebuild_read_model(self, case: CaseSnapshot, by: str, finding: str) -> bool:
        """Rebuild the case's row and its waits from its workflow's state.

        Entries never change: returns False, and changes nothing, if an entry up to the version of `case` is missing.
        """
        snapshot = _to_json([_case_row(case)])
        async with self._pool.acquire() as connection, connection.transaction():
            # Waits for a write in progress, so that the statement sees its entries.
            await connection.execute("select from cases where ref = $1 for no key update", case.ref)
            is_rebuilt: bool = await connection.fetchval(REBUILD, case.ref, snapshot, by, finding)
            if is_rebuilt:
                await connection.execute(RECOMPUTE_SINCE, case.ref)
        return is_rebuilt


class GroupedCaseFile(PostgresCaseFile):
    """The case file of a worker: batches that arrive at the same time are written in one transaction.

    docs/decisions/0028-group-commit.md says why.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self._group_commit = GroupCommit(
            self.write_group,
            super().write,
            key=lambda batch: batch.ref,
            order_key=lambda batch: batch.ref,
            max_batch=MAX_BATCH,
            group_timeout=GROUP_TIMEOUT,
        )

    async def write(self, batch: WriteBatch) -> None:
        """Write `batch` together with those that arrive at the same time; see the port."""
        await self._group_commit.store(batch)


def _to_json(rows: list[dict[str, Any]]) -> str:
    return to_json(rows, fallback=dict).decode()


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _case_row(case: CaseSnapshot) -> dict[str, Any]:
    """The columns of a case, with those that lists sort and filter by."""
    waits = sorted(case.waits, key=lambda wait: (wait.due_on, wait.key))
    contacts = case.state.get("progress", {}).get("contacts")
    return {
        **_fields(case),
        "due_on": waits[0].due_on if waits else None,
        "overdue_since": min((wait.overdue_since for wait in waits if wait.overdue_since), default=None),
        "waiting_on": [wait.waiting_on for wait in waits],
        "calendar": case.state.get("rules", {}).get("calendar", {}).get("name", ""),
        "held_form": contacts[-1]["form"] if contacts else None,
    }


def _notification_row(notification: Notification) -> dict[str, Any]:
    """The columns of a notification; the words to a victim are written when they are sent."""
    effect = notification.effect
    if isinstance(effect, NotifyVictim):
        return {**_fields(effect), "recipient": Role.VICTIM, "about": "", "at": notification.at}
    row = {**_fields(effect), "recipient": Role.SUPERVISOR, "message": effect.event}
    return {**row, "wording": compose(effect), "at": notification.at}
