"""The case file on a real PostgreSQL: what a write promises, in whatever order batches come."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from domain.effects import NotifyVictim
from domain.victim_notifications import MessageKind
from domain.vocabulary import AgencyKind, InitiatedBy, Stage, Step
from ports.case_file import SequenceConflict, WaitSnapshot, WriteBatch
from ports.entry_chain import digests
from queries.case_history import CaseHistory
from tests.adapters.batches import (
    ACKNOWLEDGED,
    OTHER_REF,
    REF,
    SCREENING,
    START,
    case,
    create_batch,
    create_refusal,
    entry,
)

pytestmark = pytest.mark.postgres


@pytest.fixture
def file(pool: asyncpg.Pool) -> PostgresCaseFile:
    return PostgresCaseFile(pool)


async def _read_everything(pool: asyncpg.Pool) -> list[Any]:
    """All that a write can touch, with what says when and where a row was written."""
    tables = (
        "entries",
        "cases",
        "waits",
        "wait_history",
        "stage_history",
        "changes",
        "refusals",
        "notifications",
        "inbox",
        "asks",
    )
    return [await pool.fetch(f"select ctid, xmin, * from {table} order by ctid") for table in tables]  # noqa: S608


async def _receive(pool: asyncpg.Pool, message_id: str, ref: str = REF) -> int:
    message = await pool.fetchval(
        "insert into inbox (source, message_id, ref, kind, record, digest) "
        "values ('agency:probation-east', $1, $2, 'event', '{}', sha256('')) returning id",
        message_id,
        ref,
    )
    assert isinstance(message, int)
    return message


async def test_a_batch_shows_its_entries_and_the_case_after_them(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(create_batch(1, 2))

    assert [row["id"] for row in await pool.fetch("select id from entries order by version")] == [
        "record-1",
        "record-2",
    ]
    row = await pool.fetchrow("select * from cases")
    assert row
    assert (row["version"], row["area"], row["state"]) == (2, "eastshire", {"version": 2})
    assert [(row["key"], row["waiting_on"], row["due_on"]) for row in await pool.fetch("select * from waits")] == [
        ("screening", "caseworker", date(2026, 3, 9))
    ]


async def test_the_digests_are_those_of_the_chain(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    entries = (entry(1, data={"name": "Żółć “quoted”", "list": [2, 1]}), entry(2, note="a-note"), entry(3))
    await file.write(WriteBatch(REF, entries[:1], case=case(1)))
    await file.write(WriteBatch(REF, entries[1:], case=case(3)))

    kept = [row["digest"] for row in await pool.fetch("select digest from entries order by version")]
    assert kept == list(digests(REF, entries))


async def test_a_batch_written_twice_changes_nothing(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    message = await _receive(pool, "msg-1")
    brought = WriteBatch(REF, (entry(1, inbox=message),), (create_refusal("record-9"),), case(1), (ACKNOWLEDGED,))
    await file.write(brought)
    before = await _read_everything(pool)

    await file.write(brought)

    assert await _read_everything(pool) == before


async def test_a_notification_is_queued_with_its_entry_and_without_its_words(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    assert isinstance(ACKNOWLEDGED.effect, NotifyVictim)
    again = replace(ACKNOWLEDGED, effect=replace(ACKNOWLEDGED.effect, message=MessageKind.ENDED))
    await file.write(replace(create_batch(1), notifications=(ACKNOWLEDGED, again)))

    row = await pool.fetchrow(
        "select ref, recipient, message, stage, step, next_update_on, wording, language, at from notifications"
    )
    assert row
    assert tuple(row) == (
        REF,
        "victim",
        "acknowledged",
        "requested",
        "screening",
        date(2026, 3, 30),
        None,
        None,
        START,
    )
    assert await pool.fetchval("select count(*) from notifications where sent_at is null") == 1


async def test_a_late_batch_changes_nothing(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(create_batch(1))
    await file.write(create_batch(2, step="tracing", waits=(replace(SCREENING, key="trace:vlo", waiting_on="vlo"),)))
    before = await _read_everything(pool)

    await file.write(create_batch(1))

    assert await _read_everything(pool) == before


async def test_the_missing_part_of_a_batch_is_written(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(create_batch(1, 2))

    await file.write(create_batch(2, 3))

    assert await pool.fetchval("select array_agg(version order by version) from entries") == [1, 2, 3]
    assert await pool.fetchval("select version from cases") == 3


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(create_batch(3), id="a gap after what is there"),
        pytest.param(create_batch(2, 4), id="a gap within the batch"),
        pytest.param(WriteBatch(REF, (entry(1, id="another"),), case=case(1)), id="another id under a number"),
        pytest.param(WriteBatch(REF, (entry(2, id="record-1"),), case=case(2)), id="an id again under another number"),
        pytest.param(
            WriteBatch(
                REF, (entry(1, id="another"), entry(2)), (create_refusal("record-9"),), case(2), (ACKNOWLEDGED,)
            ),
            id="another id, then a fresh one",
        ),
    ],
)
async def test_a_batch_that_does_not_follow_conflicts_and_changes_nothing(
    pool: asyncpg.Pool, file: PostgresCaseFile, late: WriteBatch
) -> None:
    await file.write(create_batch(1))
    before = await _read_everything(pool)

    with pytest.raises(SequenceConflict, match=REF):
        await file.write(late)

    assert await _read_everything(pool) == before


async def test_a_first_batch_that_does_not_start_at_version_one_conflicts(file: PostgresCaseFile) -> None:
    with pytest.raises(SequenceConflict, match="entry 2"):
        await file.write(create_batch(2))


async def test_the_same_batch_from_many_connections_is_written_once(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    for version in range(1, 30):
        await asyncio.gather(*(file.write(create_batch(version)) for _ in range(6)))

    assert await pool.fetchval("select array_agg(version order by version) from entries") == list(range(1, 30))


async def test_of_two_writers_with_different_entries_one_conflicts(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    for version in range(1, 20):
        mine, other = (
            create_batch(version),
            WriteBatch(REF, (entry(version, id=f"other-{version}"),), case=case(version)),
        )
        results = await asyncio.gather(file.write(mine), file.write(other), return_exceptions=True)
        assert [type(result) for result in results if result] == [SequenceConflict]
        if isinstance(results[0], SequenceConflict):
            with pytest.raises(SequenceConflict):
                await file.write(mine)

    assert await pool.fetchval("select count(*) from entries") == 19


async def test_cases_are_independent(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(create_batch(1))
    await file.write(create_batch(1, ref=OTHER_REF))

    assert await pool.fetchval("select count(distinct digest) from entries") == 2


async def test_the_waits_are_the_active_ones_of_the_case(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    stays = replace(SCREENING, chases=1)
    comes = WaitSnapshot("review", "supervisor", START, date(2026, 4, 1), overdue_since=date(2026, 4, 2))
    await file.write(create_batch(1, waits=(SCREENING, replace(SCREENING, key="goes"))))

    await file.write(create_batch(2, waits=(stays, comes)))
    assert [
        (row["key"], row["chases"], row["overdue_since"])
        for row in await pool.fetch("select * from waits order by key")
    ] == [("review", 0, date(2026, 4, 2)), ("screening", 1, None)]

    await file.write(create_batch(3, waits=()))
    assert await pool.fetchval("select count(*) from waits") == 0


async def test_applied_and_refused_messages_get_their_outcome_with_the_batch(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    applied, declined, open_ = [await _receive(pool, name) for name in ("msg-1", "msg-2", "msg-3")]

    await file.write(
        WriteBatch(REF, (entry(1, inbox=applied),), (create_refusal("record-2", "not_asked", inbox=declined),), case(1))
    )

    rows = await pool.fetch("select id, outcome, reason, resolved_at is not null as settled from inbox order by id")
    assert [tuple(row) for row in rows] == [
        (applied, "applied", None, True),
        (declined, "refused", "not_asked", True),
        (open_, None, None, False),
    ]


@pytest.mark.parametrize("refusals", [0, 1])
@pytest.mark.parametrize("notifications", [0, 1])
@pytest.mark.parametrize("messages", [0, 1])
async def test_a_batch_is_written_with_every_combination_of_parts(
    pool: asyncpg.Pool, file: PostgresCaseFile, refusals: int, notifications: int, messages: int
) -> None:
    applied, declined = [await _receive(pool, name) for name in ("msg-1", "msg-2")]
    await file.write(
        WriteBatch(
            REF,
            (entry(1, inbox=applied * messages),),
            (create_refusal("record-2", inbox=declined * messages),) * refusals,
            case(1),
            (ACKNOWLEDGED,) * notifications,
        )
    )

    counts = [len(await pool.fetch(f"select from {table}")) for table in ("entries", "refusals", "notifications")]
    assert counts == [1, refusals, notifications]
    assert await pool.fetchval("select count(outcome) from inbox") == messages * (1 + refusals)


async def test_an_outcome_is_never_changed(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    message = await _receive(pool, "msg-1")
    await file.write(WriteBatch(REF, (entry(1, inbox=message),), case=case(1)))

    await file.write(WriteBatch(REF, (), (create_refusal("record-2", inbox=message),)))

    assert await pool.fetchval("select outcome from inbox") == "applied"


async def test_a_message_of_another_case_is_not_resolved(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    message = await _receive(pool, "msg-1", OTHER_REF)

    await file.write(WriteBatch(REF, (entry(1, inbox=message),), case=case(1)))

    assert await pool.fetchval("select outcome from inbox") is None


async def test_a_case_whose_clock_was_refused_is_checked_by_the_next_reconciliation(
    pool: asyncpg.Pool, file: PostgresCaseFile
) -> None:
    due = replace(create_refusal("clock:2:chased", "not_due"), by={"role": "timer"})
    await file.write(WriteBatch(REF, (entry(1),), (due, replace(due, id="clock:2:chased:1")), case(1)))
    await file.write(WriteBatch(OTHER_REF, (), (create_refusal("record-1"),)))
    assert [row["ref"] for row in await pool.fetch("select ref from recheck_queue")] == [REF]


async def test_a_refused_request_is_stored_without_a_case(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(WriteBatch(REF, (), (create_refusal("record-1", "victim_must_ask"),)))

    assert await pool.fetchval("select code from refusals") == "victim_must_ask"
    assert await pool.fetchval("select count(*) from cases") == 0


@pytest.mark.parametrize("sign", ["\0", "\ud800"], ids=["NUL", "half a pair"])
async def test_a_text_that_cannot_be_stored_does_not_stop_a_case(
    pool: asyncpg.Pool, file: PostgresCaseFile, sign: str
) -> None:
    odd = WriteBatch(
        REF,
        (entry(1, data={"report_to": [f"a{sign}b"]}, by={f"role{sign}": "x"}),),
        (replace(create_refusal("record-2"), detail=f"a{sign}b"),),
        case(1, state={"version": 1, "odd": sign}),
    )
    await file.write(odd)
    await file.write(odd)

    assert await pool.fetchval("select data from entries") == {"report_to": ["a\ufffdb"]}
    assert await pool.fetchval("select detail from refusals") == "a\ufffdb"
    assert await pool.fetchval("select digest from entries") == next(
        digests(REF, await CaseHistory(pool).list_entries(REF))
    )


@pytest.mark.parametrize("change", ["update entries set reason = null", "delete from entries", "truncate entries"])
async def test_entries_are_append_only(pool: asyncpg.Pool, file: PostgresCaseFile, change: str) -> None:
    await file.write(create_batch(1))

    with pytest.raises(asyncpg.RestrictViolationError, match="entries is append-only"):
        await pool.execute(change)


@pytest.mark.parametrize("unknown", [{"stage": "nearly_there"}, {"step": "thinking"}])
async def test_an_unknown_stage_or_step_is_not_stored(file: PostgresCaseFile, unknown: dict[str, Any]) -> None:
    with pytest.raises(SequenceConflict, match="CheckViolationError"):
        await file.write(create_batch(1, **unknown))


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("cases", "stage", Stage),
        ("cases", "step", Step),
        ("cases", "initiated_by", InitiatedBy),
        ("agencies", "kind", AgencyKind),
    ],
)
async def test_the_schema_has_the_codes_of_the_domain(
    pool: asyncpg.Pool, table: str, column: str, words: type[Stage | Step | InitiatedBy | AgencyKind]
) -> None:
    checks = await pool.fetchval(
        """
        select string_agg(pg_get_constraintdef(pg_constraint.oid), ' ')
        from pg_attribute
        join pg_constraint on pg_constraint.contypid = nullif(atttypid, 'text'::regtype)
            or pg_constraint.conrelid = attrelid and pg_constraint.conkey = array[attnum]
        where attrelid = $1::text::regclass and attname = $2 and contype = 'c'
        """,
        table,
        column,
    )
    assert set(checks.split("'")[1::2]) == {word.value for word in words}


async def test_a_batch_that_violates_the_schema_conflicts(pool: asyncpg.Pool) -> None:
    nameless = WriteBatch(REF, (entry(1, id=""),), case=case(1, REF))
    with pytest.raises(SequenceConflict, match="CheckViolationError"):
        await PostgresCaseFile(pool).write(nameless)


async def test_a_rebuilt_case_has_the_times_of_its_entries(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(create_batch(1))
    await file.write(WriteBatch(REF, (entry(2, step="tracing"),), case=case(2, step="tracing")))
    since = "select step_since, stage_since, assigned_since from cases"
    before = await pool.fetchrow(since)
    await pool.execute("update cases set step_since = now(), stage_since = now(), assigned_since = now(), version = 9")
    assert await file.rebuild_read_model(case(2, step="tracing"), "staff:s.lindqvist", "workflow_differs")
    assert (await pool.fetchrow(since), await pool.fetchval("select version from cases")) == (before, 2)


async def test_a_rebuild_reverts_no_write_in_progress(pool: asyncpg.Pool, file: PostgresCaseFile) -> None:
    await file.write(create_batch(1))
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    async with pool.acquire() as writer:
        async with writer.transaction():
            # What a batch does, not yet committed.
            await writer.execute("update cases set version = 2")
            await writer.execute(
                "insert into entries select ref, 2, 'record-2', event, data, by, at, stage, step, reason, note, inbox, "
                "rules, occurred_on, digest, written_at from entries"
            )
            rebuild = asyncio.create_task(file.rebuild_read_model(case(1), "staff:s.lindqvist", "workflow_differs"))
            while not await pool.fetchval(waiting):  # noqa: ASYNC110 - nobody tells when
                await asyncio.sleep(0.01)
        assert await rebuild is False
    assert await pool.fetchval("select version from cases") == 2
