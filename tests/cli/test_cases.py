"""Cases on the command line, over HTTP against a running service: real database, real Temporal, a real worker."""

import asyncio
import json
from pathlib import Path

import asyncpg
from temporalio.client import Client

from domain.references import is_ref
from queries.case_history import CaseHistory
from tests.cli.casework import (
    PEOPLE,
    REQUEST,
    add_colleagues,
    in_a_month,
    open_case,
    remove_cases,
    wait_for_attempt,
    wait_for_version,
)
from tests.cli.conftest import LocalIssuer, RunningService
from tests.cli.shell import Shell

SECRET = "zebrafinch-4471"


async def test_a_request_is_entered_recorded_shown_explained_listed_and_verified(
    service: RunningService, caseworker: Shell, tmp_path: Path
) -> None:
    (tmp_path / "note").write_text(f"Rang. {SECRET}")
    entered = await caseworker.value("request", *REQUEST, "--has-vlo", typed=PEOPLE)
    ref = entered["ref"]
    assert is_ref(ref)
    assert entered["status"] == "applied"

    note = ("--note-from", str(tmp_path / "note"))
    recorded = await caseworker.value("record", ref, "request_screened", "--answer", "proceed", *note)
    assert (recorded["ref"], recorded["version"], recorded["step"]) == (ref, 2, "tracing")
    found = ("answer=found", "whereabouts=custody", "responsible-agency=prison", "--on-behalf-of", "vlo")
    assert (await caseworker.value("record", ref, "trace-answered", *found))["stage"] == "offender_traced"

    # Recording ends when the event is in the case file, so nobody has to wait.
    case = await caseworker.value("show", ref)
    assert (case["stage"], case["step"]) == ("offender_traced", "agency_check")
    events = [entry["event"] for entry in case["timeline"]]
    assert events == ["trace_answered", "request_screened", "request_received"]
    assert case["timeline"][1]["by"] == {"role": "caseworker", "id": "c.okafor"}
    assert case["timeline"][0]["by"]["on_behalf_of"] == "vlo"
    assert all(wait["waiting_on"] and wait["due_on"] for wait in case["waits"])
    assert case["waits"]

    words, listed, verified = await asyncio.gather(
        caseworker.value("explain", ref),
        caseworker.values("list", "--step", "agency_check", "--text", ref.split("-")[1]),
        service.operator.rj("verify", ref, "--json"),
    )
    assert words["heading"]
    assert "prison" not in " ".join(words.values())
    assert [(line["area"], line["overdue_since"]) for line in listed if line["ref"] == ref] == [("avonside", None)]
    assert (verified.code, verified.value) == (0, {"compared": 1, "found": 0})


async def test_people_read_where_a_case_is_and_what_was_tried(caseworker: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool, area="northvale")  # where the directory has nobody
    recorded = await caseworker.rj("record", ref, "request_screened", "answer=proceed")
    assert recorded.out.startswith(f"{ref}: request screened recorded; now step tracing offender, version 2\n")
    await wait_for_attempt(pool, ref)
    await wait_for_version(pool, ref, 3)
    shown, explained, listed, stuck = await asyncio.gather(
        caseworker.rj("show", ref),
        caseworker.rj("explain", ref),
        caseworker.rj("list", "--limit", "1000"),
        caseworker.rj("stuck", "--limit", "1000"),
    )
    assert {ended.code for ended in (shown, explained, listed, stuck)} == {0}
    assert f"{ref}, version 3, area northvale\n" in shown.out
    assert "requested by the victim." in shown.out
    assert "Timeline, newest first (London time):" in shown.out
    assert "attempt 1 at" in shown.out
    assert "Technical problem: the directory has no entry for the VLO" in shown.out
    assert shown.out.index("request_screened (answer proceed)") < shown.out.index("request_received (")
    assert ref in listed.out
    assert ref in stuck.out
    assert "Marta" not in shown.out + explained.out + listed.out + stuck.out


async def test_a_note_goes_to_the_vault_and_only_its_id_travels(caseworker: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    await caseworker.value("record", ref, "progress_recorded", "--note-from", "-", typed=f"Rang {SECRET}")
    note = (await CaseHistory(pool).list_entries(ref, newest_first=True))[0].note
    stored = await pool.fetchrow("select text, written_by from vault.notes where id::text = $1", note)
    assert stored is not None
    assert tuple(stored) == (f"Rang {SECRET}", "staff:c.okafor")
    assert "needs a terminal" in await caseworker.get_error("record", ref, "progress_recorded", "--note")


async def test_a_case_is_put_on_hold_taken_off_withdrawn_and_continued(caseworker: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    held = await caseworker.value("hold", ref, "--reason", "illness", "--until", in_a_month())
    assert (held["event"], held["case"]["on_hold"]) == ("put_on_hold", True)
    assert (await caseworker.value("resume", ref))["event"] == "resumed"
    ended = await caseworker.value("withdraw", ref, "--whose", "victim")
    assert (ended["stage"], ended["step"], ended["case"]["reason"]) == ("declined", "closed", "victim_withdrew")
    refusal, again = await asyncio.gather(
        caseworker.get_error("record", ref, "request_screened", "answer=proceed"),
        caseworker.value("request", *REQUEST, "--continues", ref, typed=PEOPLE),
    )
    assert refusal.endswith("[case_closed]")
    continued = (await CaseHistory(pool).list_entries(again["ref"]))[0].data["continues"]
    assert (continued["ref"], continued["stage"], continued["reason"]) == (ref, "declined", "victim_withdrew")


async def test_a_case_without_a_workflow_refuses_as_closed_or_says_that_an_operator_is_needed(
    service: RunningService, caseworker: Shell, pool: asyncpg.Pool
) -> None:
    ended, lost = await open_case(pool), await open_case(pool)
    await add_colleagues(pool, "d.ferreira")
    await caseworker.value("withdraw", ended, "--whose", "victim")
    client = await Client.connect(service.operator.environment["RJ_TEMPORAL_ADDRESS"])
    for ref in (ended, lost):
        await client.get_workflow_handle(ref).terminate()
    recorded, missed, reassigned = await asyncio.gather(
        caseworker.get_error("record", ended, "request_screened", "answer=proceed"),
        caseworker.get_error("record", lost, "request_screened", "answer=proceed"),
        service.supervisor.rj("reassign", ended, "--to", "d.ferreira"),
    )
    assert recorded.endswith("[case_closed]")
    assert missed.endswith("[not_running]")
    assert (reassigned.code, "[case_closed]" in reassigned.out) == (1, True)
    await remove_cases(pool, lost)


async def test_a_refusal_is_one_line_with_its_sentence_and_code_and_changes_nothing(
    caseworker: Shell, pool: asyncpg.Pool
) -> None:
    ref = await open_case(pool)
    await add_colleagues(pool, "c.abara")
    refusals = await asyncio.gather(
        caseworker.get_error("record", ref, "meeting_held", "form=video", "result=completed"),
        caseworker.get_error("record", ref, "wait_extended", "until=2099-01-04"),
        caseworker.get_error("record", ref, "request_screened", "answer=refuse"),
        caseworker.get_error("hold", ref, "--reason", "illness", "--until", "2020-01-05"),
        caseworker.get_error("record", ref, "request_screened", "answer=proceed", "--expect", "7"),
    )
    assert [line.rpartition(" ")[2] for line in refusals] == [
        "[not_allowed_now]",
        "[not_by_this_sender]",
        "[missing_reason]",
        "[day_in_past]",
        "[version_conflict]",
    ]
    assert refusals[2].startswith("rj: A reason is needed.")
    assert "somebody has updated this case" in refusals[4]
    assert (await wait_for_version(pool, ref, 1)).version == 1


async def test_an_event_is_recorded_once_for_each_key(supervisor: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    await add_colleagues(pool, "c.abara")
    command = ("record", ref, "reassigned", "to=c.abara", "--key", f"{ref}-once")
    first, again = await supervisor.value(*command), await supervisor.value(*command)
    assert again == first
    case = await wait_for_version(pool, ref, 2)
    assert (case.version, case.assigned_to) == (2, "c.abara")


async def test_a_dry_run_shows_what_would_change_and_who_would_be_told(caseworker: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    said = (await caseworker.rj("record", ref, "request_screened", "answer=proceed", "--dry-run")).out
    assert said.startswith(f"{ref}: request screened can be recorded; then step tracing offender, version 2. Nothing")
    assert "  Sends: " in said
    assert (await wait_for_version(pool, ref, 1)).version == 1
    recorded = (await caseworker.rj("record", ref, "request_screened", "answer=proceed")).out
    assert recorded.splitlines()[1:] == said.splitlines()[1:]


async def test_a_request_with_the_same_key_opens_no_second_case(caseworker: Shell) -> None:
    command = ("request", *REQUEST, "--key", "paper-form-17")
    first, again = await caseworker.value(*command, typed=PEOPLE), await caseworker.value(*command, typed=PEOPLE)
    assert again["ref"] == first["ref"]


async def test_a_request_that_must_come_from_the_victim_is_refused(caseworker: Shell) -> None:
    careful = ("--flags", "domestic_abuse", "--initiated-by", "offender")
    assert (await caseworker.get_error("request", *REQUEST, *careful, typed=PEOPLE)).endswith("[victim_must_ask]")


async def test_who_a_request_is_about_is_asked_for_where_no_file_has_it(caseworker: Shell, pool: asyncpg.Pool) -> None:
    typed = "\n".join(
        (
            *("Marta Quill", "marta@example.org", "01632 960017", "ext 4", "", "email; phone", "no", "after 6pm"),
            *("", "large print; a lift", "Orla Quill", "01632 960018", "", ""),
            *("Joss Brannick", "1990", "2008/0545166T", "A1234BC", "X123456", "Josh Brannick", ""),
        )
    )
    ended = await caseworker.rj("request", *REQUEST[:4], typed=typed)
    assert ended.code == 0, ended
    ref = ended.out.splitlines()[0]
    [details] = await pool.fetchrow("select details from vault.victims where ref = $1", ref)  # type: ignore[misc]
    victim = json.loads(details) if isinstance(details, str) else details
    assert (victim["name"], victim["needs"]) == ("Marta Quill", ["large print", "a lift"])
    assert (victim["shared"], victim["safe_to_leave_message"], victim["safe_times"]) == (
        ["email", "phone"],
        False,
        "after 6pm",
    )
    assert (victim["supporter_name"], victim["supporter_phone"]) == ("Orla Quill", "01632 960018")
    offender = await caseworker.value("offender-details", ref)
    numbers = [offender[name] for name in ("year_of_birth", "pnc_number", "nomis_number", "crn", "aliases")]
    assert numbers == [1990, "2008/0545166T", "A1234BC", "X123456", ["Josh Brannick"]]
    assert "Victim's email address" in ended.err


async def test_what_a_request_needs_is_said_without_repeating_it(caseworker: Shell) -> None:
    line = await caseworker.get_error("request", *REQUEST, typed='{"victim": {"name": "Marta Quill"}}')
    assert "victim.email" in line
    assert "Marta" not in line
    for typed, said in (
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"victim": {"name": "M"}, "dog": 1}', "'dog' is none of victim, offender, referrer, note"),
    ):
        assert said in await caseworker.get_error("request", *REQUEST, typed=typed)


async def test_a_case_that_does_not_exist_is_said_not_to(caseworker: Shell) -> None:
    unknown = "RJ-2222-2222"
    lines = await asyncio.gather(
        caseworker.get_error("show", unknown),
        caseworker.get_error("record", unknown.lower(), "resumed"),
        caseworker.get_error("resume", unknown, "--note-from", "-", typed=SECRET),
    )
    assert {line.rpartition(" ")[2] for line in lines} == {"[unknown_case]"}


async def test_names_that_do_not_exist_are_errors_with_near_names(
    service: RunningService, caseworker: Shell, pool: asyncpg.Pool
) -> None:
    ref = await open_case(pool)
    await add_colleagues(pool, "c.abara")
    lines = await asyncio.gather(
        caseworker.get_error("list", "--area", "avonsid"),
        caseworker.get_error("list", "--assigned-to", "c.abora"),
        caseworker.get_error("list", "--waiting-on", "probatio"),
        service.supervisor.get_error("reassign", ref, "--to", "c.abora"),
        caseworker.get_error("record", ref, "request_screend", "answer=proceed"),
        caseworker.get_error("record", ref, "request_screened", "anser=proceed"),
    )
    for line, near in zip(
        lines, ("avonside", "c.abara", "probation", "c.abara", "request_screened", "answer"), strict=True
    ):
        assert f"did you mean {near}" in line
    assert "its fields are answer, reason" in lines[5]


async def test_only_ones_own_areas_are_seen(service: RunningService, issuer: LocalIssuer, pool: asyncpg.Pool) -> None:
    ref, other = await open_case(pool), await open_case(pool, area="northvale")
    token = await issuer.token("n.vale", "caseworker", "northvale")
    northvale = service.caseworker.with_settings(RJ_TOKEN=token)
    listed = {case["ref"] for case in await northvale.values("list", "--limit", "1000")}
    assert (ref in listed, other in listed) == (False, True)
    assert (await northvale.get_error("show", ref)).endswith("[wrong_area]")
    assert (await northvale.get_error("list", "--area", "avonside")).endswith("[wrong_area]")


async def test_an_auditor_reads_and_records_nothing(service: RunningService, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    assert (await service.auditor.value("show", ref))["ref"] == ref
    assert (await service.auditor.get_error("resume", ref)).endswith("[wrong_role]")
    assert "Nothing can be recorded" in (await service.auditor.rj("allowed-events", ref)).out


async def test_what_can_be_recorded_is_listed_with_the_fields_to_type(
    caseworker: Shell, supervisor: Shell, pool: asyncpg.Pool
) -> None:
    ref = await open_case(pool)
    said = (await caseworker.rj("allowed-events", ref)).out
    assert "request_screened: " in said
    assert "  --answer proceed" in said
    assert "  --answer refuse --reason duplicate|" in said
    assert "wait_extended" not in said
    assert "wait_extended" in (await supervisor.rj("allowed-events", ref)).out


async def test_the_messages_to_the_victim_are_shown_in_their_words(caseworker: Shell, pool: asyncpg.Pool) -> None:
    ref = await open_case(pool)
    [message] = await caseworker.values("messages", ref)
    assert message["wording"]
    said = (await caseworker.rj("messages", ref)).out
    assert message["wording"][0] in said
    assert "London time" in said


async def test_possible_duplicates_are_shown_while_a_request_is_screened(caseworker: Shell, pool: asyncpg.Pool) -> None:
    first, second = await open_case(pool), await open_case(pool)
    same = {case["ref"]: case["same"] for case in (await caseworker.value("duplicates", first))["cases"]}
    assert (same[second], first in same) == (["victim"], False)
    shown = await caseworker.rj("show", first)
    assert ("Possible duplicates:" in shown.out, f"{second}  same victim: avonside" in shown.out) == (True, True)
    assert "marta@example.org" not in shown.out
    await caseworker.value("record", first, "request_screened", "--answer", "proceed")
    assert (await caseworker.value("show", first))["duplicates"] is None


async def test_verify_finds_an_entry_that_was_changed_and_a_workflow_that_disagrees(
    service: RunningService, pool: asyncpg.Pool
) -> None:
    changed, behind = await asyncio.gather(open_case(pool), open_case(pool))
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        await connection.execute("""update entries set data = '{"area": "elsewhere"}' where ref = $1""", changed)
        await connection.execute("update cases set step = 'tracing' where ref = $1", behind)
    ended = await service.operator.rj("verify", "--json")
    *found, summary = ended.values
    assert ended.code == 1
    assert {(finding["ref"], finding["kind"]) for finding in found} == {
        (changed, "wrong_digest"),
        (behind, "case_differs"),
        (behind, "workflow_differs"),
    }
    assert summary["found"] == 3
    await remove_cases(pool, changed, behind)
    ended = await service.operator.rj("verify")
    assert ended.code == 1
    for ref in (changed, behind):
        assert f"{ref}: runs in Temporal, and the case file has no such case\n" in ended.out


async def test_a_concern_is_raised_by_a_command_also_for_an_agency_that_has_answered(
    caseworker: Shell, pool: asyncpg.Pool
) -> None:
    """1.1a, 3.6."""
    ref = await open_case(pool)
    await caseworker.value("record", ref, "request_screened", "--answer", "proceed")
    officer = ("--on-behalf-of", "vlo")
    await caseworker.value("record", ref, "trace_answered", "--answer", "not_found", *officer)
    for behalf in ((), officer):
        raised = await caseworker.value("record", ref, "concern_raised", "--reason", "safeguarding", *behalf)
        assert raised["event"] == "concern_raised"
    state = await pool.fetchval("select state from cases where ref = $1", ref)
    assert [concern["raised_by"] == "vlo" for concern in state["concerns"]] == [False, True]
