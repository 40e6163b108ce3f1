"""The case file of a worker: batches written together say what they would have said one by one."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import MAX_BATCH, GroupedCaseFile, PostgresCaseFile
from adapters.postgres.pool import UNAVAILABLE_ERRORS, open_pool
from benchmarks.life import REQUEST, life
from domain.effects import Ask
from domain.vocabulary import AgencyRef, CaseRef, WaitKind
from ports.agencies import Attempt, AttemptOutcome
from ports.case_file import SequenceConflict, WaitSnapshot, WriteBatch
from ports.entry_chain import digests
from queries.case_history import CaseHistory
from tests.adapters.batches import ACKNOWLEDGED, OTHER_REF, REF, START, create_batch, create_refusal
from workflows.case_log import CaseLog
from workflows.record_codec import read_record

pytestmark = pytest.mark.postgres

REFS = [CaseRef(f"RJ-7Q2K-9F{first}{second}") for first in "34" for second in "NPQRSTVWXYZ"]
_KEPT = {
    "entries": "ref, version",
    "cases": "ref",
    "waits": "ref, key",
    "wait_history": "ref, version, key",
    "stage_history": "ref, version, kind",
    "notifications": "id",
    "refusals": "ref, id",
}
_NOT_COMPARED = ("written_at", "queued_at", "next_try_at")


@pytest.fixture
def file(pool: asyncpg.Pool) -> GroupedCaseFile:
    return GroupedCaseFile(pool)


def _pages(ref: CaseRef) -> list[WriteBatch]:
    """The batches of a whole life of a case."""
    log, now, batches = CaseLog(ref), START, []
    for number, message in enumerate((REQUEST, *life(date(2026, 6, 1)))):
        log.apply(read_record(message.record(f"{ref}-{number}")), now)
        made = log.pending_batch()
        assert made is not None, "each message makes an entry"
        batches.append(made)
        log.mark_written(made)
        now += timedelta(days=1)
    return batches


async def _write(file: GroupedCaseFile, batches: Sequence[WriteBatch]) -> None:
    for batch in batches:
        await file.write(batch)


async def _read_case(pool: asyncpg.Pool, ref: str) -> Mapping[str, list[dict[str, Any]]]:
    """All that is kept of a case, but for when it was written."""
    kept = {}
    for table, order in _KEPT.items():
        columns = "*" if table != "notifications" else "key, recipient, message, wording, at"
        rows = await pool.fetch(f"select {columns} from {table} where ref = $1 order by {order}", ref)  # noqa: S608 - named here
        kept[table] = [{name: value for name, value in row.items() if name not in _NOT_COMPARED} for row in rows]
    return kept


async def test_cases_written_together_are_stored_as_if_written_alone(pool: asyncpg.Pool, file: GroupedCaseFile) -> None:
    lives = [_pages(ref) for ref in REFS]
    await asyncio.gather(*(_write(file, batches) for batches in lives))
    together = {ref: await _read_case(pool, ref) for ref in REFS}
    transactions = await pool.fetchval("select count(distinct xmin::text) from entries")
    assert transactions < await pool.fetchval("select count(*) from entries") / 4

    await pool.execute("drop trigger entries_are_append_only on entries")
    await pool.execute("truncate entries, cases, waits, wait_history, stage_history, notifications, refusals cascade")
    for batches in lives:
        for batch in batches:
            await PostgresCaseFile(pool).write(batch)
    assert {ref: await _read_case(pool, ref) for ref in REFS} == together


async def test_a_conflict_does_not_stop_the_other_batches_of_its_group(
    pool: asyncpg.Pool, file: GroupedCaseFile
) -> None:
    await file.write(create_batch(1))
    gap = replace(create_batch(3), refused=(create_refusal("record-9"),), notifications=(ACKNOWLEDGED,))
    others = [create_batch(1, ref=ref) for ref in REFS[:5]]
    answers = await asyncio.gather(
        *(file.write(batch) for batch in (*others[:2], gap, *others[2:])), return_exceptions=True
    )

    assert [type(answer) for answer in answers] == [type(None)] * 2 + [SequenceConflict] + [type(None)] * 3
    assert str(answers[2]) == f"{REF}: entry 3 is another's, or leaves a gap before it"
    assert await pool.fetchval("select count(*) from cases") == 1 + len(others)
    assert (await _read_case(pool, REF))["refusals"] == []


@pytest.mark.parametrize(
    "spoilt",
    [
        create_batch(1, stage="nearly_there"),
        create_batch(1, state={"version": 1, "odd": "\0"}),
        WriteBatch(
            REF,
            (replace(create_batch(2).entries[0], id="record-1", version=1), create_batch(2).entries[0]),
            case=create_batch(2).case,
        ),
    ],
    ids=["breaks a rule", "holds what cannot be kept", "is like any other"],
)
async def test_an_invalid_batch_does_not_stop_the_others_of_its_group(
    pool: asyncpg.Pool, file: GroupedCaseFile, spoilt: WriteBatch
) -> None:
    others = [create_batch(1, ref=ref) for ref in REFS[:4]]
    by_itself = await asyncio.gather(
        *(file.write(batch) for batch in (*others[:2], spoilt, *others[2:])), return_exceptions=True
    )

    assert [answer for number, answer in enumerate(by_itself) if number != 2] == [None] * 4
    assert set(await pool.fetchval("select array_agg(ref) from cases")) >= {batch.ref for batch in others}


async def test_each_batch_resolves_only_messages_of_its_own_case(pool: asyncpg.Pool) -> None:
    mine, other = [
        await pool.fetchval(
            "insert into inbox (source, message_id, ref, kind, record, digest) "
            "values ('agency:probation-east', $1, $1, 'event', '{}', sha256('')) returning id",
            ref,
        )
        for ref in (REF, OTHER_REF)
    ]
    applies = WriteBatch(
        REF, tuple(replace(entry, inbox=mine) for entry in create_batch(1).entries), case=create_batch(1).case
    )
    refuses = WriteBatch(
        OTHER_REF, (), (create_refusal("record-9", inbox=other), create_refusal("record-8", inbox=mine))
    )
    assert await PostgresCaseFile(pool).write_group([applies, refuses]) == (None, None)
    assert await pool.fetchval("select array_agg(outcome order by id) from inbox") == ["applied", "refused"]


async def test_failing_asks_follow_their_own_case(pool: asyncpg.Pool) -> None:
    late = WaitSnapshot("trace:vlo", "vlo", START, date(2026, 3, 9), overdue_since=date(2026, 3, 10))
    for ref in (REF, OTHER_REF):
        ask = Ask(f"{ref}.1.trace:vlo", ref, "eastshire", AgencyRef("vlo"), WaitKind.TRACE, late.due_on)
        await PostgresAsks(pool).record_attempt(ask, Attempt(AttemptOutcome.FAILED, "status 503"))

    batches = [create_batch(1, waits=()), create_batch(1, ref=OTHER_REF, waits=(late,))]
    await PostgresCaseFile(pool).write_group(batches)
    rows = await pool.fetch("select ref, is_over, case_overdue from asks order by ref")
    assert [tuple(row) for row in rows] == [(OTHER_REF, False, True), (REF, True, False)]


async def test_the_same_batch_at_the_same_time_is_written_once(pool: asyncpg.Pool, file: GroupedCaseFile) -> None:
    for version in range(1, 10):
        await asyncio.gather(
            *(file.write(create_batch(version, ref=ref)) for _ in range(4) for ref in (REF, OTHER_REF))
        )

    for ref in (REF, OTHER_REF):
        entries = await CaseHistory(pool).list_entries(ref)
        assert [entry.version for entry in entries] == list(range(1, 10))
        kept = await pool.fetchval("select array_agg(digest order by version) from entries where ref = $1", ref)
        assert kept == list(digests(ref, entries))


async def test_two_workers_with_the_same_batches_in_different_orders_both_finish(pool: asyncpg.Pool) -> None:
    one, other = GroupedCaseFile(pool), GroupedCaseFile(pool)
    for version in range(1, 8):
        batches = [create_batch(version, ref=ref) for ref in REFS]
        await asyncio.gather(
            *(one.write(batch) for batch in batches), *(other.write(batch) for batch in reversed(batches))
        )

    assert await pool.fetchval("select count(*) from entries") == 7 * len(REFS)
    assert await pool.fetchval("select count(*) from changes") == 7 * len(REFS)


async def test_a_locked_case_delays_no_other(pool: asyncpg.Pool, file: GroupedCaseFile) -> None:
    await asyncio.gather(*(file.write(create_batch(1, ref=ref)) for ref in REFS))
    held, *others = REFS
    async with pool.acquire() as somebody, somebody.transaction():
        await somebody.execute("select from cases where ref = $1 for update", held)
        blocked = asyncio.create_task(file.write(create_batch(2, ref=held)))
        async with asyncio.timeout(120):
            for version in (2, 3):
                await asyncio.gather(*(file.write(create_batch(version, ref=ref)) for ref in others))
        again = asyncio.create_task(file.write(create_batch(2, ref=held)))
        await asyncio.sleep(0.1)
        assert [blocked.done(), again.done()] == [False, False]
    await asyncio.gather(blocked, again)

    versions = {row["ref"]: row["version"] for row in await pool.fetch("select ref, version from cases")}
    assert versions == {held: 2, **dict.fromkeys(others, 3)}


async def test_a_group_has_a_maximum_size(pool: asyncpg.Pool, file: GroupedCaseFile) -> None:
    refs = [CaseRef(f"RJ-{number:04d}-9F3M") for number in range(3 * MAX_BATCH)]
    await asyncio.gather(*(file.write(create_batch(1, ref=ref)) for ref in refs))

    sizes = await pool.fetch("select count(*) as batches from entries group by xmin::text")
    assert max(row["batches"] for row in sizes) == MAX_BATCH


async def test_every_write_fails_while_the_database_is_unavailable(dsn: str) -> None:
    pool = await open_pool(dsn)
    await pool.close()
    file = GroupedCaseFile(pool)
    answers = await asyncio.gather(*(file.write(create_batch(1, ref=ref)) for ref in REFS[:5]), return_exceptions=True)
    assert all(isinstance(result, UNAVAILABLE_ERRORS) for result in answers)
