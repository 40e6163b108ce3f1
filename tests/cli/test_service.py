"""The command line against a running service: real PostgreSQL, real Temporal, a real worker."""

import asyncio
import random
import uuid
from datetime import UTC, datetime, timedelta

import asyncpg
from temporalio.client import Client

from adapters.postgres.inbox import PostgresInbox
from adapters.requests.intake import store_request
from adapters.requests.rows import RequestRow, Victim
from domain.events import RequestReceived
from domain.references import is_ref
from domain.vocabulary import AgeGroup, InitiatedBy, TakesPartAs
from ports.case_file import CaseSnapshot
from queries.case_history import CaseHistory
from queries.cases import CaseQueries
from tests.cli.shell import Shell, flags

REQUEST = flags(
    area="avonside",
    victim_name="Marta Quill",
    victim_email="marta@example.org",
    offender_age_group="adult",
    offender_name="Joss Brannick",
)
SUPERVISOR = ("--as", "supervisor:s.lindqvist")
SECRET = "zebrafinch-4471"


async def opened(pool: asyncpg.Pool, area: str = "avonside") -> str:
    """The reference of a new case, which has come in by another door."""
    request = RequestReceived(area, InitiatedBy.VICTIM, TakesPartAs.DIRECT_VICTIM, AgeGroup.ADULT, has_vlo=True)
    row = RequestRow(str(uuid.uuid4()), request, Victim("Marta Quill", email="marta@example.org"))
    ref = (await store_request(PostgresInbox(pool), "import:test", row, random.SystemRandom())).ref
    await written(pool, ref, 1)
    return ref


async def written(pool: asyncpg.Pool, ref: str, version: int) -> CaseSnapshot:
    """The case in the case file, once that has come to `version`."""
    for _ in range(500):
        case = await CaseQueries(pool).get_case(ref)
        if case is not None and case.version >= version:
            return case
        await asyncio.sleep(0.02)
    raise TimeoutError(f"{ref} did not come to version {version}")


async def tried(pool: asyncpg.Pool, ref: str) -> None:
    """Wait until an agency was tried to be asked."""
    for _ in range(500):
        if await CaseHistory(pool).list_asks(ref):
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"nothing was sent about {ref}")


async def removed(pool: asyncpg.Pool, *refs: str) -> None:
    """Take cases out of the case file, which nobody else can."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        for table in ("waits", "entries", "cases"):
            await connection.execute(f"delete from {table} where ref = any($1)", refs)  # noqa: S608 - the names above


def in_a_month() -> str:
    """A day that lies ahead."""
    return (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


async def test_a_request_is_moved_shown_explained_listed_and_verified(service: Shell, pool: asyncpg.Pool) -> None:
    taken = await service.value("request", *REQUEST, "--has-vlo")
    ref = taken["ref"]
    assert is_ref(ref)
    assert taken["status"] == "applied"

    moved = await service.value("move", ref, "request_screened", "--answer", "proceed", "--note", SECRET)
    assert (moved["ref"], moved["version"], moved["step"], moved["refused"]) == (ref, 2, "tracing", None)
    found = ("answer=found", "whereabouts=custody", "responsible-agency=prison", "--on-behalf-of", "vlo")
    assert (await service.value("move", ref, "trace-answered", *found))["stage"] == "offender_traced"

    await written(pool, ref, 3)
    case = await service.value("show", ref)
    assert (case["stage"], case["step"]) == ("offender_traced", "agency_check")
    assert [entry["event"] for entry in case["timeline"]] == [
        "trace_answered",
        "request_screened",
        "request_received",
    ]
    assert case["timeline"][1]["by"]["role"] == "caseworker"
    assert case["timeline"][0]["by"]["on_behalf_of"] == "vlo"
    assert all(wait["waiting_on"] and wait["due_on"] for wait in case["waits"])
    assert case["waits"]

    words, listed, verified = await asyncio.gather(
        service.value("explain", ref),
        service.value("list", "--step", "agency_check", "--limit", "1"),
        service.rj("verify", ref, "--json"),
    )
    assert words["heading"]
    assert "prison" not in " ".join(words.values())
    assert (listed["ref"], listed["area"], listed["is_overdue"]) == (ref, "avonside", False)
    assert (verified.code, verified.value) == (0, {"compared": 1, "found": 0})


async def test_people_read_where_a_case_stands_and_what_was_tried(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool, area="northvale")  # where the directory has nobody
    await service.value("move", ref, "request_screened", "answer=proceed")
    await tried(pool, ref)
    await written(pool, ref, 3)
    shown, explained, listed, stuck = await asyncio.gather(
        service.rj("show", ref), service.rj("explain", ref), service.rj("list"), service.rj("stuck")
    )
    assert {each.code for each in (shown, explained, listed, stuck)} == {0}
    assert "Step: tracing. Stage reached: requested." in shown.out
    assert "attempt 1 at" in shown.out
    assert "no_agency" in shown.out
    assert shown.out.index("request_screened (answer proceed)") < shown.out.index("request_received (")
    assert ref in listed.out
    assert f"{ref}  The request to the VLO cannot be delivered: 1 attempt since" in stuck.out
    assert "Technical problem: the directory has nobody for the VLO" in stuck.out
    assert "Marta" not in shown.out + explained.out + listed.out + stuck.out


async def test_a_note_goes_to_the_vault_and_only_its_id_travels(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    await service.value("move", ref, "progress_recorded", "--note", f"Rang {SECRET}", "--as", "caseworker:c.okafor")
    await written(pool, ref, 2)
    note = (await CaseHistory(pool).list_entries(ref, newest_first=True))[0].note
    kept = await pool.fetchrow("select text, written_by from vault.notes where id::text = $1", note)
    assert kept is not None
    assert tuple(kept) == (f"Rang {SECRET}", "staff:c.okafor")


async def test_a_case_is_held_and_resumed_and_withdrawn_and_taken_up_again(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    held = await service.value("hold", ref, "--reason", "illness", "--until", in_a_month())
    assert held["event"] == "put_on_hold"
    assert (await written(pool, ref, 2)).on_hold
    assert (await service.value("resume", ref))["event"] == "resumed"
    ended = await service.value("withdraw", ref, "--whose", "victim")
    assert (ended["stage"], ended["step"], ended["reason"]) == ("declined", "closed", "victim_withdrew")
    refusal, again = await asyncio.gather(
        service.refused("move", ref, "request_screened", "answer=proceed"),
        service.value("request", *REQUEST, "--continues", ref),
    )
    assert refusal.endswith("[case_closed]")
    continued = (await CaseHistory(pool).list_entries(again["ref"]))[0].data["continues"]
    assert (continued["ref"], continued["stage"], continued["reason"]) == (ref, "declined", "victim_withdrew")


async def test_a_case_that_temporal_runs_no_longer_takes_nothing_and_is_said_to_have_ended_or_to_be_lost(
    service: Shell, pool: asyncpg.Pool
) -> None:
    ended, lost = await opened(pool), await opened(pool)
    await service.value("withdraw", ended, "--whose", "victim")
    await written(pool, ended, 2)
    client = await Client.connect(service.environment["RJ_TEMPORAL_ADDRESS"])
    for ref in (ended, lost):
        await client.get_workflow_handle(ref).terminate()
    moved, missed, given = await asyncio.gather(
        service.refused("move", ended, "request_screened", "answer=proceed"),
        service.refused("move", lost, "request_screened", "answer=proceed"),
        service.rj("reassign", ended, "--to", "d.ferreira", *SUPERVISOR),
    )
    assert moved.endswith("(request_screened) [case_closed]")
    assert "is open in the case file, and Temporal does not run it" in missed
    assert (given.code, "[case_closed]" in given.out) == (1, True)
    await removed(pool, lost)


async def test_a_refusal_is_one_line_with_its_sentence_and_code_and_changes_nothing(
    service: Shell, pool: asyncpg.Pool
) -> None:
    ref = await opened(pool)
    refusals = await asyncio.gather(
        service.refused("move", ref, "meeting_held", "form=video", "result=completed"),
        service.refused("move", ref, "reassigned", "to=c.abara"),
        service.refused("move", ref, "request_screened", "answer=refuse"),
        service.refused("hold", ref, "--reason", "illness", "--until", "2020-01-05"),
        service.refused("move", ref, "request_screened", "answer=proceed", "--expect", "7"),
    )
    assert [line.rpartition(" ")[2] for line in refusals] == [
        "[not_allowed_now]",
        "[not_by_this_sender]",
        "[missing_reason]",
        "[day_in_past]",
        "[version_conflict]",
    ]
    assert refusals[2].startswith("rj: refused: A reason is needed.")
    assert (await written(pool, ref, 1)).version == 1


async def test_the_same_id_is_recorded_once(service: Shell, pool: asyncpg.Pool) -> None:
    ref = await opened(pool)
    first = await service.value("move", ref, "reassigned", "to=c.abara", "--id", f"{ref}-once", *SUPERVISOR)
    again = await service.value("move", ref, "reassigned", "to=c.abara", "--id", f"{ref}-once", *SUPERVISOR)
    assert again == first
    assert (await written(pool, ref, 2)).assigned_to == "c.abara"


async def test_a_request_with_the_same_id_opens_no_second_case(service: Shell) -> None:
    first = await service.value("request", *REQUEST, "--id", "paper-form-17")
    again = await service.value("request", *REQUEST, "--id", "paper-form-17")
    assert (again["ref"], first["first"], again["first"]) == (first["ref"], True, False)


async def test_a_request_that_must_come_from_the_victim_is_refused(service: Shell) -> None:
    careful = ("--flags", "domestic_abuse", "--initiated-by", "offender")
    assert (await service.refused("request", *REQUEST, *careful)).endswith("[victim_must_ask]")


async def test_a_case_that_nobody_knows_is_said_to_be_unknown(service: Shell) -> None:
    unknown = "RJ-2222-2222"
    lines = await asyncio.gather(
        service.refused("show", unknown),
        service.refused("move", unknown.lower(), "resumed"),
        service.refused("resume", unknown, "--note", SECRET),
    )
    assert set(lines) == {"rj: There is no such case. (RJ-2222-2222) [unknown_case]"}


async def test_verify_finds_an_entry_that_was_changed_and_a_workflow_that_is_elsewhere(
    service: Shell, pool: asyncpg.Pool
) -> None:
    changed, behind = await asyncio.gather(opened(pool), opened(pool))
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        await connection.execute("""update entries set data = '{"area": "elsewhere"}' where ref = $1""", changed)
        await connection.execute("update cases set step = 'tracing' where ref = $1", behind)
    ended = await service.rj("verify", "--json")
    *found, summary = ended.values
    assert ended.code == 1
    assert {(each["ref"], each["kind"]) for each in found} == {
        (changed, "wrong_digest"),
        (behind, "case_differs"),
        (behind, "workflow_differs"),
    }
    assert summary["found"] == 3
    await removed(pool, changed, behind)
    ended = await service.rj("verify")
    assert ended.code == 1
    for ref in (changed, behind):
        assert f"{ref}: runs in Temporal, and the case file has no such case\n" in ended.out
