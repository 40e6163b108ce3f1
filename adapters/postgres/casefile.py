"""The case file in PostgreSQL: batches are one statement, hence one transaction and one round trip."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import asyncpg

from adapters.postgres.case_file_statement import SINCE_ANEW, pages_statement, rebuild_statement
from adapters.postgres.group_commit import GroupCommit
from adapters.postgres.text import UNSTORABLE, storable
from domain.effects import NotifyVictim
from domain.victim_explanation import compose
from domain.vocabulary import Role
from ports.case_file import CaseSnapshot, Entry, Notification, RecordResult, ResultQuery, SequenceConflict, WriteBatch
from ports.entry_chain import canonical

TRIES = 2
"""Whoever loses a race for a number finds the winner's entry there the second time."""

MAX_GROUP = 20
"""As many are written in one transaction."""
SECONDS_TOGETHER = 2.0
"""What takes longer waits for somebody who holds the row of one of the cases: then each is written by itself."""

NEVER_TAKEN: tuple[type[Exception], ...] = (
    *UNSTORABLE,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""What trying again would not mend: a batch that unexpected_errors a rule of the schema, or is too large for it."""


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
        try:
            await self._write_somehow(batch)
        except NEVER_TAKEN as error:
            raise SequenceConflict(f"{batch.ref}: {type(error).__name__}") from None

    async def write_together(self, batches: Sequence[WriteBatch]) -> tuple[SequenceConflict | None, ...]:
        """Write batches of different cases in one transaction; the conflict of each, if any: then nothing of it is written.

        Raises what the database raises where one of them cannot be written, or loses a race: then none of them is, and
        each is to be written by itself.
        """
        ordered = sorted(batches, key=lambda batch: batch.ref)
        rows = await self._pool.fetch(_statement(ordered), *_parts(ordered))
        faults = {row["ref"]: row["version"] for row in rows}
        return tuple(_conflict(batch, faults[batch.ref]) if batch.ref in faults else None for batch in batches)

    async def _write_somehow(self, batch: WriteBatch) -> None:
        try:
            await self._write(batch)
        except UNSTORABLE:
            await self._write(storable(batch))

    async def _write(self, batch: WriteBatch) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                (conflict,) = await self.write_together([batch])
            except asyncpg.UniqueViolationError as error:
                if attempt == TRIES:
                    raise SequenceConflict(f"{batch.ref}: {error.constraint_name}") from None
            else:
                if conflict is not None:
                    raise conflict
                return

    async def find_results(self, query: ResultQuery) -> tuple[RecordResult, ...]:
        """What became of the records in `query`; see the port."""
        rows = await self._pool.fetch(_FIND_RESULTS, query.ref, query.ids)
        return tuple(RecordResult(**row) for row in rows)

    async def rebuild_read_model(self, case: CaseSnapshot, by: str, finding: str) -> bool:
        """Write the case's row and its waits anew from what its workflow believes, whatever stands there.

        Entries are never touched: False where the file has not every entry up to the version of `case`, and then
        nothing is changed.
        """
        stated = _json([_standing(case)])
        async with self._pool.acquire() as connection, connection.transaction():
            # A batch under way is waited for, and seen by what follows: its entries make the statement write nothing.
            await connection.execute("select from cases where ref = $1 for no key update", case.ref)
            done = await connection.fetchval(rebuild_statement(), case.ref, stated, by, finding)
            if done:
                await connection.execute(SINCE_ANEW, case.ref)
        return bool(done)


class GroupedCaseFile:
    """The case file of a worker: the batches that come at the same time are written in one transaction.

    docs/decisions/0028-batches-are-written-together.md says why.
    """

    def __init__(self, pool: asyncpg.Pool) -> None:
        file = PostgresCaseFile(pool)
        self.find_results = file.find_results
        self._group_commit = GroupCommit(
            file.write_together,
            file.write,
            key=lambda batch: batch.ref,
            order_key=lambda batch: batch.ref,
            max_batch=MAX_GROUP,
            group_timeout=SECONDS_TOGETHER,
        )

    async def write(self, batch: WriteBatch) -> None:
        """Write `batch`; see the port."""
        await self._group_commit.store(batch)


def _conflict(batch: WriteBatch, version: int) -> SequenceConflict:
    return SequenceConflict(f"{batch.ref}: entry {version} is another's, or leaves a gap before it")


def _statement(batches: Sequence[WriteBatch]) -> str:
    messages = any(each.inbox for batch in batches for part in (batch.entries, batch.refused) for each in part)
    refused, notices = any(batch.refused for batch in batches), any(batch.notifications for batch in batches)
    return pages_statement(refused=refused, notices=notices, messages=messages)


def _parts(batches: Sequence[WriteBatch]) -> Iterable[str]:
    """The statement's parameters, in order."""
    yield _json([_entry(batch, entry) for batch in batches for entry in batch.entries])
    yield _json([_standing(batch.case) for batch in batches if batch.case is not None])
    refused = [{"ref": batch.ref, **_fields(each)} for batch in batches for each in batch.refused]
    notices = [{**_notice(notice), "ref": batch.ref} for batch in batches for notice in batch.notifications]
    for part in (refused, notices):
        if part:
            yield _json(part)


def _json(rows: object) -> str:
    return json.dumps(rows, default=_plain)


def _plain(value: object) -> object:
    """What JSON has no word for: a value of ours is an object of its fields."""
    match value:
        case date():
            return value.isoformat()
        case Mapping():
            return dict(value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _fields(value)
        case _:
            raise TypeError(type(value).__name__)


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _entry(batch: WriteBatch, entry: Entry) -> dict[str, Any]:
    return {"ref": batch.ref, **_fields(entry), "covered": canonical(batch.ref, entry).decode()}


def _standing(case: CaseSnapshot) -> dict[str, Any]:
    """The case with what lists sort and filter by, drawn from its waits and its state."""
    waits = sorted(case.waits, key=lambda wait: (wait.due_on, wait.key))
    return {
        **_fields(case),
        "due_on": waits[0].due_on if waits else None,
        "overdue_since": min((wait.overdue_since for wait in waits if wait.overdue_since), default=None),
        "waiting_on": [wait.waiting_on for wait in waits],
        "calendar": case.state.get("rules", {}).get("calendar", ""),
        "held_form": case.state["form"] if case.state.get("progress", {}).get("held_on") else None,
    }


def _notice(notice: Notification) -> dict[str, Any]:
    """The wording is made here, of the few values that the notice carries: nothing else can show in it."""
    effect = notice.effect
    if isinstance(effect, NotifyVictim):
        row = {**_fields(effect), "recipient": Role.VICTIM, "about": ""}
    else:
        row = {**_fields(effect), "recipient": Role.SUPERVISOR, "message": effect.event}
    return {**row, "wording": compose(effect), "at": notice.at}
