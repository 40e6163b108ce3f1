"""Verifying finds what was changed behind the service's back, and nothing where nothing was."""

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from ports.case_file import WriteBatch
from queries.verify import ChainFault, ChainFaultKind, ChainVerifier
from tests.adapters.batches import OTHER_REF, REF, case, create_batch, entry

pytestmark = pytest.mark.postgres


@pytest.fixture(autouse=True)
async def two_cases(pool: asyncpg.Pool) -> None:
    """One with three entries in two pages, and one with one."""
    file = PostgresCaseFile(pool)
    await file.write(create_batch(1))
    second = entry(2, note="a-note", data={"until": "2026-04-01", "forms": ["letter"], "name": "Łódź"})
    await file.write(WriteBatch(REF, (second, entry(3)), case=case(3)))
    await file.write(create_batch(1, ref=OTHER_REF))


async def _tamper(pool: asyncpg.Pool, statement: str) -> None:
    """Runs `statement` as someone could who owns the database."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        await connection.execute(statement)


async def _all(pool: asyncpg.Pool) -> list[ChainFault]:
    return [fault async for fault in ChainVerifier(pool).verify_chains()]


async def test_nothing_is_found_where_nothing_was_changed(pool: asyncpg.Pool) -> None:
    assert await _all(pool) == []
    assert await ChainVerifier(pool).verify_chain("RJ-2222-2222") == ()


@pytest.mark.parametrize(
    "change",
    [
        """data = '{"until": "2026-04-02", "forms": ["letter"], "name": "Łódź"}'""",
        "event = 'progress_recordee'",
        "id = 'record-8'",
        """by = '{"id": "cw-2", "role": "caseworker"}'""",
        "at = at + interval '1 microsecond'",
        "stage = 'offender_traced'",
        "step = 'tracing'",
        "reason = 'victim_withdrew'",
        "note = 'b-note'",
        "digest = set_byte(digest, 31, get_byte(digest, 31) # 1)",
    ],
)
async def test_one_changed_value_of_an_entry_is_found(pool: asyncpg.Pool, change: str) -> None:
    await _tamper(pool, f"update entries set {change} where ref = '{REF}' and version = 2")  # noqa: S608

    faults = await ChainVerifier(pool).verify_chain(REF)
    assert faults[0] == ChainFault(REF, 2, ChainFaultKind.WRONG_DIGEST)
    assert str(faults[0]) == f"{REF}: entry 2 is not as it was written"
    assert await _all(pool) == list(faults)
    assert await ChainVerifier(pool).verify_chain(OTHER_REF) == ()


async def test_an_entry_taken_out_of_the_middle_is_found(pool: asyncpg.Pool) -> None:
    await _tamper(pool, f"delete from entries where ref = '{REF}' and version = 2")  # noqa: S608

    assert [fault.kind for fault in await _all(pool)] == [ChainFaultKind.GAP, ChainFaultKind.WRONG_DIGEST]


async def test_an_entry_cut_off_at_the_end_is_found(pool: asyncpg.Pool) -> None:
    await _tamper(pool, f"delete from entries where ref = '{REF}' and version = 3")  # noqa: S608

    assert await _all(pool) == [ChainFault(REF, 2, ChainFaultKind.CASE_DIFFERS, "version, state")]


async def test_an_entry_moved_to_another_case_is_found(pool: asyncpg.Pool) -> None:
    await _tamper(pool, f"update entries set ref = '{OTHER_REF}' where ref = '{REF}' and version = 2")  # noqa: S608

    assert ChainFault(OTHER_REF, 2, ChainFaultKind.WRONG_DIGEST) in await _all(pool)


async def test_a_case_without_entries_is_found(pool: asyncpg.Pool) -> None:
    await _tamper(pool, f"delete from entries where ref = '{OTHER_REF}'")  # noqa: S608

    assert await _all(pool) == [ChainFault(OTHER_REF, 0, ChainFaultKind.NO_ENTRIES)]


async def test_a_case_that_says_something_else_than_its_last_entry_is_found(pool: asyncpg.Pool) -> None:
    await pool.execute("update cases set step = 'tracing', reason = 'x' where ref = $1", OTHER_REF)

    (fault,) = await _all(pool)
    assert fault == ChainFault(OTHER_REF, 1, ChainFaultKind.CASE_DIFFERS, "step, reason")
    assert str(fault) == f"{OTHER_REF}: the case is not as entry 1, its last, leaves it: step, reason"
