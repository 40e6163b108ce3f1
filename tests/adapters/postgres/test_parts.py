"""The directory, the asks, the vault and the pool on a real PostgreSQL."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime

import asyncpg
import pytest
import structlog

from adapters.postgres.asks import PostgresAsks, close_interrupted_attempts
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.pool import open_pool
from adapters.postgres.vault import PostgresVault
from devstack.processes import free_port
from domain.effects import Ask, CancelAsk
from domain.vocabulary import AgencyRef, WaitKind
from ports.agencies import Agency, Attempt, AttemptOutcome, ChannelName
from tests.adapters.batches import OTHER_REF, REF

pytestmark = pytest.mark.postgres

EASTMOOR = Agency(
    "eastmoor-probation",
    "probation",
    "eastmoor",
    "Eastmoor Probation",
    ChannelName.HTTP,
    "http://127.0.0.1:9/asks",
    their_keys=("whsec_b25l", "whsec_dHdv"),
    our_keys=("whsec_b3Vycw==",),
)
WESTHAVEN = Agency("westhaven-probation", "probation", "westhaven", "Westhaven Probation")
REHUB = Agency("hmpps-rehub", "hmpps_rehub", "", "HMPPS ReHub")
NATIONAL = Agency("national-probation", "probation", "", "Probation for the rest")

ASK = Ask(f"{REF}.3.trace:vlo", REF, "eastmoor", AgencyRef("vlo"), WaitKind.TRACE, due_on=date(2026, 3, 20))
REMINDER = Ask(f"{ASK.key}.reminder-1", REF, "eastmoor", ASK.agency, WaitKind.TRACE, ASK.due_on, reminder=1)
CANCELLATION = CancelAsk(f"{ASK.key}.cancel", REF, "eastmoor", ASK.agency, ASK.key)


@pytest.fixture
async def directory(pool: asyncpg.Pool) -> PostgresDirectory:
    directory = PostgresDirectory(pool)
    for agency in (EASTMOOR, WESTHAVEN, REHUB):
        await directory.save(agency)
    return directory


@pytest.fixture
def asks(pool: asyncpg.Pool) -> PostgresAsks:
    return PostgresAsks(pool)


@pytest.fixture
def vault(pool: asyncpg.Pool) -> PostgresVault:
    return PostgresVault(pool)


async def test_a_kind_means_the_agency_of_the_area(directory: PostgresDirectory) -> None:
    assert await directory.find("probation", "eastmoor") == EASTMOOR
    assert await directory.find("probation", "westhaven") == WESTHAVEN


async def test_where_an_area_has_none_the_national_one_serves(directory: PostgresDirectory) -> None:
    assert await directory.find("hmpps_rehub", "eastmoor") == REHUB
    assert await directory.find("probation", "northvale") is None

    await directory.save(NATIONAL)
    assert await directory.find("probation", "northvale") == NATIONAL
    assert await directory.find("probation", "eastmoor") == EASTMOOR


async def test_a_kind_with_an_id_means_that_agency_wherever_the_case_is(
    directory: PostgresDirectory,
) -> None:
    assert await directory.find("probation:westhaven-probation", "eastmoor") == WESTHAVEN
    assert await directory.find("prison:westhaven-probation", "eastmoor") is None


async def test_an_agency_is_found_by_its_id_as_last_saved(directory: PostgresDirectory) -> None:
    moved = replace(EASTMOOR, address="http://127.0.0.1:10/asks", their_keys=("whsec_dHdv",))
    await directory.save(moved)

    assert await directory.get_by_id(EASTMOOR.id) == moved
    assert await directory.get_by_id("nobody") is None


async def test_an_agency_that_is_no_longer_active_is_not_found(
    pool: asyncpg.Pool, directory: PostgresDirectory
) -> None:
    await pool.execute("update agencies set active = false where id = $1", EASTMOOR.id)

    assert await directory.find("probation", "eastmoor") is None
    assert await directory.find("probation:eastmoor-probation", "eastmoor") is None
    assert await directory.get_by_id(EASTMOOR.id) is None


async def test_an_ask_has_the_outcome_of_its_last_attempt(pool: asyncpg.Pool, asks: PostgresAsks) -> None:
    await asks.record_attempt(ASK, Attempt(AttemptOutcome.FAILED, "status 503"))
    await asks.record_attempt(ASK, Attempt(AttemptOutcome.FAILED, "timeout"))

    row = await pool.fetchrow("select outcome, error, attempts, failing_since is not null as failing from asks")
    assert row
    assert tuple(row) == ("failed", "timeout", 2, True)
    assert not await asks.is_done(ASK.key)

    await asks.record_attempt(ASK, Attempt(AttemptOutcome.DELIVERED))
    row = await pool.fetchrow("select outcome, error, attempts, failing_since is not null as failing from asks")
    assert row
    assert tuple(row) == ("delivered", "", 3, False)
    assert await asks.is_done(ASK.key)
    assert await pool.fetchval("select count(*) from ask_attempts") == 3


async def test_a_started_attempt_and_its_result_are_one_attempt(pool: asyncpg.Pool, asks: PostgresAsks) -> None:
    for number, outcome in enumerate((AttemptOutcome.FAILED, AttemptOutcome.DELIVERED), 1):
        assert await asks.start_attempt(ASK, EASTMOOR) == number
        assert await _last_attempt(pool) == (number, "sending", EASTMOOR.id)
        await asks.record_attempt(ASK, Attempt(outcome, agency=EASTMOOR.id), number)
        assert await _last_attempt(pool) == (number, outcome, EASTMOOR.id)

    assert await pool.fetchval("select attempts from asks") == 2
    assert await asks.start_attempt(ASK, EASTMOOR) is None


async def test_a_failing_ask_stays_failing_during_the_next_attempt(pool: asyncpg.Pool, asks: PostgresAsks) -> None:
    await asks.record_attempt(ASK, Attempt(AttemptOutcome.FAILED, "status 503", next_try_at=datetime.now(UTC)))
    await asks.start_attempt(ASK, EASTMOOR)

    row = await pool.fetchrow("select outcome, error, failing_since is not null, next_try_at from asks")
    assert row
    assert tuple(row) == ("failed", "status 503", True, None)


async def test_a_paused_ask_is_sent_after_it_is_resumed(pool: asyncpg.Pool, asks: PostgresAsks) -> None:
    await asks.record_attempt(ASK, Attempt(AttemptOutcome.PAUSED, next_try_at=datetime.now(UTC)))
    assert await asks.start_attempt(ASK, EASTMOOR) == 2

    assert await pool.fetchval("select outcome from asks") == "sending"


async def test_an_abandoned_attempt_may_still_report_its_result(pool: asyncpg.Pool, asks: PostgresAsks) -> None:
    slow, quick = [await asks.start_attempt(ASK, EASTMOOR) for _ in range(2)]
    await asks.record_attempt(ASK, Attempt(AttemptOutcome.DELIVERED), quick)
    await asks.record_attempt(ASK, Attempt(AttemptOutcome.FAILED, "timeout"), slow)

    assert await pool.fetchval("select array_agg(outcome order by number) from ask_attempts") == ["failed", "delivered"]
    assert await asks.is_done(ASK.key)


async def test_the_next_attempt_ends_one_whose_worker_was_killed(pool: asyncpg.Pool, asks: PostgresAsks) -> None:
    await asks.start_attempt(ASK, EASTMOOR)
    await asks.start_attempt(ASK, EASTMOOR)

    assert await pool.fetchval("select array_agg(outcome order by number) from ask_attempts") == ["unknown", "sending"]
    assert (await asks.find_possible_recipient(ASK.ref, ASK.key)).agency == EASTMOOR.id


async def test_an_attempt_whose_worker_was_killed_ends_also_where_none_follows(
    pool: asyncpg.Pool, asks: PostgresAsks
) -> None:
    await asks.start_attempt(ASK, EASTMOOR)
    await close_interrupted_attempts(pool, 60)
    assert await pool.fetchval("select outcome from ask_attempts") == "sending"

    await close_interrupted_attempts(pool, 0)
    assert await pool.fetchval("select outcome from ask_attempts") == "unknown"
    assert await pool.fetchval("select outcome from asks") == "unknown"


async def _last_attempt(pool: asyncpg.Pool) -> tuple[int, str, str]:
    row = await pool.fetchrow("select number, outcome, agency from ask_attempts order by number desc limit 1")
    assert row
    return tuple(row)


async def test_simultaneous_attempts_are_counted_one_by_one(pool: asyncpg.Pool, asks: PostgresAsks) -> None:
    await asyncio.gather(*(asks.record_attempt(ASK, Attempt(AttemptOutcome.FAILED, "timeout")) for _ in range(8)))

    assert await pool.fetchval("select array_agg(number order by number) from ask_attempts") == list(range(1, 9))
    assert await pool.fetchval("select attempts from asks") == 8


async def test_a_late_failure_does_not_undo_a_delivery(pool: asyncpg.Pool, asks: PostgresAsks) -> None:
    await asks.record_attempt(ASK, Attempt(AttemptOutcome.DELIVERED))
    await asks.record_attempt(ASK, Attempt(AttemptOutcome.FAILED, "timeout"))

    assert await asks.is_done(ASK.key)


async def test_reminders_and_cancellations_have_keys_of_their_own(pool: asyncpg.Pool, asks: PostgresAsks) -> None:
    for effect in (ASK, REMINDER, CANCELLATION):
        await asks.record_attempt(effect, Attempt(AttemptOutcome.DELIVERED))

    rows = await pool.fetch("select kind, question, reminder, cancels from asks order by key")
    assert [tuple(row) for row in rows] == [
        ("ask", "trace", 0, None),
        ("ask_cancelled", None, 0, ASK.key),
        ("reminder", "trace", 1, None),
    ]


async def test_saved_details_of_one_side_do_not_change_the_other(
    vault: PostgresVault,
) -> None:
    await vault.save_victim(REF, {"name": "Marta Quill"}, by="staff:cw-1")
    await vault.save_offender(REF, {"name": "Rolf Tander"}, by="staff:cw-1")
    await vault.save_victim(REF, {"name": "Marta Quill", "phone": "01632 960001"}, by="staff:cw-2")

    assert await vault.get_victim(REF, by="staff:cw-1") == {"name": "Marta Quill", "phone": "01632 960001"}
    assert await vault.get_offender(REF, by="staff:cw-1") == {"name": "Rolf Tander"}
    assert await vault.get_victim(OTHER_REF, by="staff:cw-1") is None


async def test_a_note_is_read_by_its_id(vault: PostgresVault) -> None:
    note = await vault.save_note(REF, "She prefers mornings.", by="staff:cw-1")

    assert await vault.get_note(note, by="staff:cw-2") == "She prefers mornings."
    assert await vault.get_note("no such id", by="staff:cw-2") is None


async def test_reads_of_the_vault_are_logged_without_what_was_read(vault: PostgresVault) -> None:
    await vault.save_offender(REF, {"name": "Rolf Tander"}, by="staff:cw-1")

    with structlog.testing.capture_logs() as lines:
        await vault.get_offender(REF, by="staff:cw-1")

    assert [(line["event"], line["what"], line["case"], line["by"]) for line in lines] == [
        ("vault.read", "offender", REF, "staff:cw-1")
    ]
    assert "Tander" not in str(lines)


async def test_an_unavailable_database_is_waited_for_and_logged(dsn: str) -> None:
    address = dsn.rpartition("@")[2].partition("/")[0]
    host, port = address.split(":")
    own = free_port(None)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(host, int(port))
        await asyncio.gather(_copy(reader, there_writer), _copy(there_reader, writer))

    with structlog.testing.capture_logs() as lines:
        opening = asyncio.create_task(open_pool(dsn.replace(address, f"{host}:{own}")))
        await asyncio.sleep(0.5)
        assert not opening.done()
        async with (
            await asyncio.start_server(pass_on, "127.0.0.1", own),
            await asyncio.wait_for(opening, 120) as pool,
        ):
            assert await pool.fetchval("select 1") == 1

    events = [line["event"] for line in lines]
    assert events == ["database.waiting"] * (len(events) - 1) + ["database.found"]
    password = dsn.partition("@")[0].rpartition(":")[2]
    assert password not in str(lines)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def test_a_wrong_password_is_not_waited_for(dsn: str) -> None:
    user, _, _ = dsn.partition("@")[0].rpartition(":")

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncio.wait_for(open_pool(f"{user}:wrong@{dsn.rpartition('@')[2]}"), 120)
