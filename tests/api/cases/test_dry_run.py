"""Dry runs and reports: what would change and who would be told, and afterwards what did."""

from datetime import timedelta

from adapters.clock import StackClock
from api.problems import Code
from tests.api.cases.conftest import StaffClient, problem
from tests.api.people import CASEWORKER, SUPERVISOR

PROCEED = {"event": "request_screened", "data": {"answer": "proceed"}}


async def version_of(staff: StaffClient, ref: str) -> int:
    version: int = (await staff.get(f"/api/v1/cases/{ref}")).json()["version"]
    return version


async def test_a_dry_run_of_an_event_says_what_recording_it_then_does(staff: StaffClient) -> None:
    ref = await staff.open_case()
    path = f"/api/v1/cases/{ref}/events"
    dry = (await staff.post(f"{path}?dry_run=true", PROCEED, key="same")).json()
    assert (dry["dry_run"], dry["case"], await version_of(staff, ref)) == (True, None, 1)
    assert "Step: screening becomes tracing offender." in dry["preview"]["changes"]
    assert any(line.startswith("Request to ") for line in dry["preview"]["notifies"])
    recorded = (await staff.post(path, PROCEED, key="same")).json()
    assert recorded["dry_run"] is False
    assert {name: recorded[name] for name in ("version", "step", "preview")} == {
        name: dry[name] for name in ("version", "step", "preview")
    }


async def test_a_dry_run_refuses_what_the_process_refuses(staff: StaffClient) -> None:
    ref = await staff.open_case()
    path = f"/api/v1/cases/{ref}/events?dry_run=true"
    refused = problem(await staff.post(path, {"event": "offender_approached"}), Code.REFUSED)
    assert refused["reason"] == "not_allowed_now"
    problem(await staff.post(path, PROCEED, if_match='"7"'), Code.VERSION_CONFLICT)


async def test_the_message_to_the_victim_is_in_the_preview(staff: StaffClient) -> None:
    ref = await staff.open_case(phone="07700 900123")
    path = f"/api/v1/cases/{ref}/events?dry_run=true"
    dry = (await staff.post(path, {"event": "withdrawn", "data": {"whose": "victim"}})).json()
    assert [line for line in dry["preview"]["notifies"] if "Message to the victim, who prefers the telephone" in line]


async def test_bulk_actions_say_in_advance_what_they_report_afterwards(staff: StaffClient) -> None:
    await staff.enter("new.owner")
    refs = [await staff.open_case() for _ in range(2)]
    body = {"cases": [*refs, "RJ-0000-0000"], "to": "new.owner"}
    dry = (await staff.post("/api/v1/bulk/reassign?dry_run=true", body, SUPERVISOR)).json()
    assert [await version_of(staff, ref) for ref in refs] == [1, 1]
    assert [result["done"] for result in dry["results"]] == [True, True, False]
    assert dry["results"][0]["changes"] == ["Assigned to new.owner instead of nobody."]
    done = (await staff.post("/api/v1/bulk/reassign", body, SUPERVISOR)).json()
    assert (dry["dry_run"], done["dry_run"]) == (True, False)
    assert [result | {"sentence": ""} for result in done["results"]] == [
        result | {"sentence": ""} for result in dry["results"]
    ]


async def test_a_dry_run_of_an_extension_selects_and_stores_nothing(staff: StaffClient) -> None:
    ref = await staff.open_case()
    until = (StackClock().today() + timedelta(days=60)).isoformat()
    before = await staff.pool.fetchval("select count(*) from bulk_selections")
    dry = await staff.post("/api/v1/bulk/extend?dry_run=true", {"cases": [ref], "until": until}, SUPERVISOR)
    [result] = dry.json()["results"]
    assert [line for line in result["changes"] if line.startswith("Due date for ")]
    assert await staff.pool.fetchval("select count(*) from bulk_selections") == before
    reminded = await staff.post("/api/v1/bulk/chase?dry_run=true", {"cases": [ref]}, CASEWORKER)
    assert reminded.json()["failed"] == 1


async def test_cover_is_started_and_ended_as_its_dry_run_says(staff: StaffClient) -> None:
    await staff.enter("away.today", "here.today")
    ref, pair = await staff.open_case(), {"absent": "away.today", "covering": "here.today"}
    await staff.post("/api/v1/bulk/reassign", {"cases": [ref], "to": "away.today"}, SUPERVISOR)
    dry = (await staff.post("/api/v1/cover?dry_run=true", pair, SUPERVISOR)).json()
    assert (dry["cover"], [result["ref"] for result in dry["results"]]) == (None, [ref])
    assert await staff.pool.fetchval("select count(*) from covers where absent = 'away.today'") == 0
    started = (await staff.post("/api/v1/cover", pair, SUPERVISOR)).json()
    assert started["results"][0]["changes"] == dry["results"][0]["changes"]
    path = f"/api/v1/cover/{started['cover']['id']}/end"
    back = (await staff.post(f"{path}?dry_run=true", None, SUPERVISOR)).json()
    assert back["results"][0]["changes"] == ["Assigned to away.today instead of here.today."]
    assert (await staff.post(path, None, SUPERVISOR)).json()["is_open"] is False


async def test_the_last_step_is_undone_as_its_dry_run_says(staff: StaffClient) -> None:
    ref = await staff.open_case()
    path = f"/api/v1/cases/{ref}/correction"
    refused = problem(await staff.post(path, {}, SUPERVISOR), Code.REFUSED)
    assert refused["reason"] == "nothing_to_correct"
    await staff.record(ref, "request_screened", data={"answer": "proceed"})
    problem(await staff.post(path, {}, CASEWORKER), Code.WRONG_ROLE)
    dry = (await staff.post(f"{path}?dry_run=true", {}, SUPERVISOR)).json()
    assert (dry["undone"], dry["undone_event"], dry["undone_step"], dry["step"]) == (
        2,
        "request_screened",
        "tracing",
        "screening",
    )
    assert [line for line in dry["preview"]["notifies"] if line.startswith("Cancellation to ")]
    assert await version_of(staff, ref) == 2
    undone = (await staff.post(path, {"note": "The wrong case."}, SUPERVISOR)).json()
    assert (undone["preview"], undone["step"], undone["case"]["step"]) == (dry["preview"], "screening", "screening")
    notes = (await staff.get(f"/api/v1/cases/{ref}/notes", SUPERVISOR)).json()["notes"]
    assert [note["text"] for note in notes] == ["The wrong case."]
