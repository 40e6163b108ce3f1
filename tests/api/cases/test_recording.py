"""Recording in a case over HTTP: counted once, never over somebody else's unread entry, and only by who may."""

import asyncio
from typing import Any, NoReturn, cast

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.idempotency import REPLAYED
from api.problems import MEDIA_TYPE, Code
from domain.people import StaffRole
from domain.policy import YOUTH
from domain.vocabulary import WaitKind
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import ADMIN, AUDITOR, NOBODY, SUPERVISOR, person, shows
from tests.connections import unreachable_temporal

PROCEED = {"answer": "proceed"}


async def versions(staff: StaffClient, ref: str) -> int:
    count: int = await staff.pool.fetchval("select count(*) from entries where ref = $1", ref)
    return count


async def count_entries(staff: StaffClient, ref: str, event: str) -> int:
    query = "select count(*) from entries where ref = $1 and event = $2"
    count: int = await staff.pool.fetchval(query, ref, event)
    return count


async def test_a_recorded_event_is_answered_with_the_case_after_it(staff: StaffClient) -> None:
    ref = await staff.open_case()
    answer = await staff.record(ref, "request_screened", data=PROCEED)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["event"], said["step"], said["case"]["step"]) == ("request_screened", "tracing", "tracing")
    assert answer.headers["etag"] == f'"{said["case"]["version"]}"'
    waits = said["case"]["waits"]
    assert {wait["key"]: wait["waiting_on"] for wait in waits} == {
        "trace:charity": "charity",
        "first_contact": "caseworker",
    }
    assert waits[0]["can_do"]


async def test_two_caseworkers_at_once_get_one_success_and_one_clear_conflict(staff: StaffClient) -> None:
    ref = await staff.open_case()
    read = await staff.get(f"/api/v1/cases/{ref}")
    other = person("d.ferreira", StaffRole.CASEWORKER)
    staff.tokens.people[other.id] = other
    proceed = staff.record(ref, "request_screened", data=PROCEED, if_match=read.headers["etag"])
    refuse = staff.record(
        ref,
        "request_screened",
        other,
        data={"answer": "refuse", "reason": "duplicate"},
        if_match=read.headers["etag"],
    )
    answers = await asyncio.gather(proceed, refuse)
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    [lost] = [answer for answer in answers if answer.status_code != 200]
    assert problem(lost, Code.VERSION_CONFLICT)["reason"] == "version_conflict"
    assert await count_entries(staff, ref, "request_screened") == 1


async def test_a_wrong_step_is_taken_back_by_a_supervisor_and_by_nobody_else(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await staff.record(ref, "request_screened", data=PROCEED)
    wrong = await staff.pool.fetchval("select id from entries where ref = $1 and event = 'request_screened'", ref)
    theirs = await staff.record(ref, "entry_corrected", data={"which": wrong})
    assert problem(theirs, Code.WRONG_ROLE)["reason"] == "not_by_this_sender"
    corrected = await staff.record(ref, "entry_corrected", SUPERVISOR, data={"which": wrong})
    said = corrected.json()
    assert (corrected.status_code, said["event"], said["step"]) == (200, "entry_corrected", "screening")
    assert {wait["key"] for wait in said["case"]["waits"]} == {"screening", "first_contact"}
    timeline = (await staff.get(f"/api/v1/cases/{ref}/timeline")).json()["entries"]
    assert [entry["event"] for entry in timeline] == ["entry_corrected", "request_screened", "request_received"]
    again = await staff.record(ref, "entry_corrected", SUPERVISOR, data={"which": wrong})
    assert problem(again, Code.REFUSED)["reason"] == "nothing_to_correct"


async def test_an_event_for_a_version_that_is_gone_is_a_conflict_and_changes_nothing(staff: StaffClient) -> None:
    ref = await staff.open_case()
    read = (await staff.get(f"/api/v1/cases/{ref}")).headers["etag"]
    assert (await staff.record(ref, "progress_recorded", if_match=read)).status_code == 200
    before = await versions(staff, ref)
    refused = problem(await staff.record(ref, "progress_recorded", if_match=read), Code.VERSION_CONFLICT)
    assert refused["reason"] == "version_conflict"
    assert await versions(staff, ref) == before


async def test_a_client_that_names_no_version_is_asked_for_one(staff: StaffClient) -> None:
    ref = await staff.open_case()
    problem(await staff.record(ref, "progress_recorded", if_match=""), Code.IF_MATCH_MISSING)


async def test_what_the_process_refuses_is_told_with_its_reason(staff: StaffClient) -> None:
    ref = await staff.open_case()
    refused = problem(await staff.record(ref, "resumed"), Code.REFUSED)
    assert refused["reason"] == "not_on_hold"
    assert "not on hold" in refused["detail"]


async def test_the_same_key_again_counts_once_and_gets_the_first_answer(staff: StaffClient) -> None:
    ref = await staff.open_case()
    first = await staff.record(ref, "progress_recorded", key="monday", note="Rang twice.")
    again = await staff.record(ref, "progress_recorded", key="monday", note="Rang twice.")
    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert (again.headers[REPLAYED], again.headers["etag"]) == ("true", first.headers["etag"])
    assert REPLAYED not in first.headers
    assert await count_entries(staff, ref, "progress_recorded") == 1
    kept = "select entries.note, text from entries join vault.notes on notes.id::text = note where entries.ref = $1"
    assert [note["text"] for note in await staff.pool.fetch(kept, ref)] == ["Rang twice."]
    assert await staff.pool.fetchval("select count(*) from vault.notes where ref = $1", ref) == 1


async def test_the_same_key_counts_once_also_where_the_first_answer_was_lost(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await staff.record(ref, "progress_recorded", key="tuesday", note="Wrote.")
    await staff.pool.execute(
        "update idempotency_keys set status = null, headers = null, body = null where key = 'tuesday'"
    )
    before = await versions(staff, ref)
    again = await staff.record(ref, "progress_recorded", key="tuesday", note="Wrote.")
    assert again.status_code == 200
    assert await versions(staff, ref) == before
    assert await staff.pool.fetchval("select count(*) from vault.notes where ref = $1", ref) == 1


async def test_a_refusal_is_kept_under_its_key_too(staff: StaffClient) -> None:
    ref = await staff.open_case()
    first = await staff.record(ref, "resumed", key="wednesday")
    again = await staff.record(ref, "resumed", key="wednesday")
    assert (again.status_code, again.json(), again.headers["content-type"]) == (409, first.json(), MEDIA_TYPE)


async def test_another_request_under_the_same_key_is_a_mistake(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await staff.record(ref, "progress_recorded", key="thursday")
    problem(await staff.record(ref, "resumed", key="thursday"), Code.KEY_REUSED)


async def test_two_people_may_choose_the_same_key(staff: StaffClient) -> None:
    ref = await staff.open_case()
    for who in (SUPERVISOR, person("c.okafor", StaffRole.CASEWORKER)):
        answer = await staff.record(ref, "progress_recorded", who, key="friday")
        assert answer.status_code == 200
        assert REPLAYED not in answer.headers


async def test_without_a_key_nothing_is_recorded(staff: StaffClient) -> None:
    ref = await staff.open_case()
    answer = await staff.http.post(
        f"/api/v1/cases/{ref}/events",
        json={"event": "progress_recorded"},
        headers={**shows("c.okafor"), "if-match": "*"},
    )
    problem(answer, Code.KEY_MISSING)


async def test_who_may_not_record_is_told_so_and_nothing_changes(staff: StaffClient) -> None:
    ref = await staff.open_case()
    before = await versions(staff, ref)
    for who in (AUDITOR, ADMIN, NOBODY):
        problem(await staff.record(ref, "progress_recorded", who), Code.WRONG_ROLE)
    until = {"until": "2099-01-04"}
    refused = problem(await staff.record(ref, "wait_extended", data=until), Code.WRONG_ROLE)
    assert refused["reason"] == "not_by_this_sender"
    assert await versions(staff, ref) == before


async def test_a_case_of_another_area_is_not_theirs(staff: StaffClient) -> None:
    ref = await staff.open_case(ELSEWHERE)
    local = person("l.amari", StaffRole.CASEWORKER, areas=(AREA,))
    staff.tokens.people[local.id] = local
    problem(await staff.record(ref, "progress_recorded", local), Code.WRONG_AREA)
    for path in ("", "/timeline", "/explain", "/asks", "/allowed-events"):
        problem(await staff.get(f"/api/v1/cases/{ref}{path}", local), Code.WRONG_AREA)


async def test_what_is_no_case_is_not_found(staff: StaffClient) -> None:
    for ref in ("RJ-0000-0000", "nonsense"):
        problem(await staff.get(f"/api/v1/cases/{ref}"), Code.UNKNOWN_CASE)
        problem(await staff.record(ref, "progress_recorded"), Code.UNKNOWN_CASE)


async def test_a_bad_body_is_told_by_its_field(staff: StaffClient) -> None:
    ref = await staff.open_case()
    path = f"/api/v1/cases/{ref}/events"
    problem(await staff.post(path, {"event": "weather_changed"}), Code.UNKNOWN_EVENT)
    problem(await staff.post(path, {"event": "request_screened", "data": {"answer": "maybe"}}), Code.UNREADABLE)
    problem(await staff.post(path, {}), Code.MISSING_FIELD)
    problem(await staff.post(path, {"event": "resumed", "colour": "red"}), Code.UNKNOWN_FIELD)
    said = await staff.post(path, {"event": "reassigned", "data": {"to": "somebody with a name"}}, SUPERVISOR)
    problem(said, Code.FREE_TEXT)
    assert "somebody" not in said.text


async def _not_run(staff: StaffClient, ref: str) -> None:
    """Have Temporal run the case no longer, as after its aftercare."""
    await staff.temporal.client.get_workflow_handle(ref).terminate()


async def test_an_ended_case_whose_workflow_is_over_refuses_what_it_would_have_refused_before(
    staff: StaffClient,
) -> None:
    ref = await staff.open_case()
    await staff.record(ref, "withdrawn", data={"whose": "victim"})
    before = problem(await staff.record(ref, "request_screened", data=PROCEED), Code.REFUSED)
    await _not_run(staff, ref)
    refused = problem(await staff.record(ref, "request_screened", data=PROCEED), Code.REFUSED)
    assert (refused["reason"], refused) == ("case_closed", before)
    many = (await staff.post("/api/v1/bulk/reassign", {"cases": [ref], "to": "d.ferreira"}, SUPERVISOR)).json()
    assert [(result["code"], result["reason"]) for result in many["results"]] == [("refused", "case_closed")]


async def test_an_open_case_that_temporal_does_not_run_is_a_matter_for_an_operator(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await _not_run(staff, ref)
    problem(await staff.record(ref, "request_screened", data=PROCEED), Code.NOT_RUNNING)
    many = (await staff.post("/api/v1/bulk/reassign", {"cases": [ref], "to": "d.ferreira"}, SUPERVISOR)).json()
    assert [(result["code"], result["reason"]) for result in many["results"]] == [("not_running", None)]


class Cut:
    """A client of Temporal, and a connection that breaks when a case has taken what it was sent."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get_workflow_handle(self, ref: str) -> "Cut":
        self._handle = self._client.get_workflow_handle(ref)
        return self

    async def execute_update(self, *record: Any, **options: Any) -> NoReturn:
        await self._handle.execute_update(*record, **options)
        raise RPCError("the connection broke", RPCStatusCode.UNAVAILABLE, b"")


async def test_where_the_answer_was_lost_it_is_not_said_that_nothing_was_recorded_and_the_same_again_counts_once(
    staff: StaffClient,
) -> None:
    ref = await staff.open_case()
    client = staff.temporal.client
    staff.temporal.client = cast("Client", Cut(client))
    try:
        lost = await staff.record(ref, "progress_recorded", key="sunday")
    finally:
        staff.temporal.client = client
    assert "not known whether it was recorded" in problem(lost, Code.TEMPORAL_UNAVAILABLE)["detail"]
    assert (await staff.record(ref, "progress_recorded", key="sunday")).status_code == 200
    assert await count_entries(staff, ref, "progress_recorded") == 1


async def test_where_temporal_is_unavailable_nothing_is_half_done(staff: StaffClient) -> None:
    ref = await staff.open_case()
    client, staff.temporal.client = staff.temporal.client, await unreachable_temporal()
    try:
        answer = await staff.record(ref, "progress_recorded", key="saturday")
    finally:
        staff.temporal.client = client
    problem(answer, Code.TEMPORAL_UNAVAILABLE)
    assert answer.headers["retry-after"]
    assert (await staff.record(ref, "progress_recorded", key="saturday")).status_code == 200
    assert await count_entries(staff, ref, "progress_recorded") == 1


async def test_a_policy_that_a_supervisor_names_is_recorded_with_its_value(staff: StaffClient) -> None:
    """4.10c."""
    ref = await staff.open_case()
    unknown = await staff.record(ref, "rules_adopted", SUPERVISOR, data={"version": 1, "policy": "weather"})
    assert problem(unknown, Code.REFUSED)["reason"] == "unknown_rules"
    adopted = await staff.record(ref, "rules_adopted", SUPERVISOR, data={"version": 1, "policy": "youth"})
    assert adopted.status_code == 200, adopted.text
    data = await staff.pool.fetchval("select data from entries where ref = $1 and event = 'rules_adopted'", ref)
    assert data["policy"]["waits"]["trace"]["due"] == YOUTH.waits[WaitKind.TRACE].due
    assert await staff.pool.fetchval("select policy from cases where ref = $1", ref) == YOUTH.label
