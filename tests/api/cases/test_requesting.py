"""Taking requests over HTTP."""

import asyncio
from typing import Any

from api.idempotency import REPLAYED
from api.problems import Code
from domain.people import StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import ADMIN, AUDITOR, NOBODY, person
from tests.connections import unreachable_temporal

CASES = "/api/v1/cases"
VICTIM = {"name": "Marked-Victim-Vex", "email": "marked.victim@example.org"}


def request(**changed: Any) -> dict[str, Any]:
    """A good request, with these fields of it changed."""
    fields = {
        "area": AREA,
        "initiated_by": "victim",
        "takes_part_as": "direct_victim",
        "offender_age_group": "adult",
    }
    return {"request": {**fields, **changed}, "victim": VICTIM, "note": "Marked-note"}


async def test_a_request_becomes_a_case_at_once_and_names_nobody(staff: StaffClient) -> None:
    answer = await staff.post(CASES, request())
    assert answer.status_code == 201
    case = answer.json()
    assert (case["step"], answer.headers["location"]) == ("screening", f"{CASES}/{case['ref']}")
    assert answer.headers["etag"] == f'"{case["version"]}"'
    assert "Marked" not in answer.text
    assert (await staff.get(answer.headers["location"])).status_code == 200


async def test_the_same_request_again_opens_no_second_case(staff: StaffClient) -> None:
    first = await staff.post(CASES, request(), key="request-1")
    await staff.pool.execute(
        "update idempotency_keys set status = null, headers = null, body = null where key = 'request-1'"
    )
    lost = await staff.post(CASES, request(), key="request-1")
    again = await staff.post(CASES, request(), key="request-1")
    assert first.json()["ref"] == lost.json()["ref"] == again.json()["ref"]
    assert again.headers[REPLAYED] == "true"


async def test_what_the_process_refuses_is_told_with_its_reason(staff: StaffClient) -> None:
    refused = problem(await staff.post(CASES, request(initiated_by="offender", flags=["sexual_harm"])), Code.REFUSED)
    assert refused["reason"] == "victim_must_ask"


async def test_what_cannot_be_read_is_told_by_its_field_and_without_its_value(staff: StaffClient) -> None:
    for body in (request(area=""), request(initiated_by="Marked"), {**request(), "victim": {"email": "Marked"}}):
        answer = await staff.post(CASES, body)
        assert "Marked" not in problem(answer, Code.UNREADABLE)["detail"]
    problem(await staff.post(CASES, {"request": {}}), Code.MISSING_FIELD)


async def test_an_ended_case_is_taken_up_again_and_an_open_one_is_not(staff: StaffClient) -> None:
    ref = await staff.open_case(AREA)
    problem(await staff.post(CASES, {**request(), "continues": ref}), Code.NOT_ENDED)
    problem(await staff.post(CASES, {**request(), "continues": "RJ-0000-0000"}), Code.UNKNOWN_CASE)
    ended = (await staff.record(ref, "withdrawn", data={"whose": "victim"})).json()
    assert ended["step"] == "closed"
    answer = await staff.post(CASES, {**request(), "continues": ref})
    assert answer.status_code == 201


async def test_a_request_of_another_area_is_for_its_own_staff(staff: StaffClient) -> None:
    local = person("l.amari", StaffRole.CASEWORKER, areas=(AREA,))
    staff.tokens.people[local.id] = local
    problem(await staff.post(CASES, request(area=ELSEWHERE), local), Code.WRONG_AREA)
    for who in (AUDITOR, ADMIN, NOBODY):
        problem(await staff.post(CASES, request(), who), Code.WRONG_ROLE)


async def test_a_request_that_is_not_delivered_yet_is_kept_all_the_same(staff: StaffClient) -> None:
    client, staff.temporal.client = staff.temporal.client, await unreachable_temporal()
    try:
        answers = await asyncio.gather(*(staff.post(CASES, request()) for _ in range(2)))
    finally:
        staff.temporal.client = client
    assert {answer.status_code for answer in answers} <= {201, 202}
    for answer in answers:
        assert await staff.pool.fetchval("select count(*) from inbox where ref = $1", answer.json()["ref"]) == 1
