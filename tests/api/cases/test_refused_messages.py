"""A refused message of an agency becomes somebody's task: real HTTP, PostgreSQL and Temporal (1.5)."""

import asyncio
import uuid
from typing import Any

from adapters.postgres.directory import PostgresDirectory
from api.problems import Code
from devstack.directory import new_keys
from domain.people import StaffRole
from ports.agencies import Agency
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import CASEWORKER, SUPERVISOR, person
from tests.serving import as_json, sign_headers

KEYS = new_keys()["court"].their_keys
ELSEWHERE_SUPERVISOR = person("t.ito", StaffRole.SUPERVISOR, areas=(ELSEWHERE,))
FOUND = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
NOTE = "Wing staff heard threats on Tuesday."


async def check_by_prison(staff: StaffClient) -> str:
    """A case in which the prison was asked for its check."""
    staff.tokens.people[ELSEWHERE_SUPERVISOR.id] = ELSEWHERE_SUPERVISOR
    await PostgresDirectory(staff.pool).save(Agency(f"{AREA}-prison", "prison", AREA, "prison", their_keys=KEYS))
    await PostgresDirectory(staff.pool).save(Agency(f"{AREA}-court", "court", AREA, "court", their_keys=KEYS))
    ref = await staff.open_case(has_vlo=True)
    await staff.record(ref, "request_screened", data={"answer": "proceed"})
    await staff.record(ref, "trace_answered", data=FOUND, on_behalf_of="vlo")
    return ref


async def send(
    staff: StaffClient,
    ref: str,
    event: str,
    sender: str = "prison",
    note: str = "",
    occurred_on: str | None = None,
    **data: Any,
) -> str:
    """Send a webhook, and wait for its outcome."""
    id = uuid.uuid4().hex
    body = as_json({"case": ref, "event": event, "data": data, "note": note, "occurred_on": occurred_on})
    headers = sign_headers(KEYS[-1], id, body)
    answer = await staff.http.post(f"/webhooks/agencies/{AREA}-{sender}", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    async with asyncio.timeout(120):
        query = "select outcome from inbox where message_id = $1"
        while (outcome := await staff.pool.fetchval(query, id)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return str(outcome)


async def tasks_of(staff: StaffClient, ref: str) -> list[dict[str, Any]]:
    found = (await staff.get("/api/v1/tasks?limit=200", SUPERVISOR)).json()["refused_messages"]
    return [message for message in found if message["ref"] == ref]


async def test_a_refused_answer_becomes_a_caseworkers_task_until_it_is_resolved(staff: StaffClient) -> None:
    """1.5b, 1.5c: it is in the day's list."""
    ref = await check_by_prison(staff)
    ready = {"answer": "ready", "whose": "offender"}
    for _ in range(2):
        # The same again is an exact repetition.
        assert await send(staff, ref, "readiness_assessed", **ready) == "refused"
    assert await send(staff, ref, "readiness_assessed", sender="court", **ready) == "refused"

    [task] = await tasks_of(staff, ref)
    assert (task["waiting_on"], task["code"], task["data"]) == ("caseworker", "not_allowed_now", ready)
    path = f"/api/v1/refused-messages/{task['id']}"
    assert (await staff.get(path)).json()["text"] is None
    problem(await staff.get(path, ELSEWHERE_SUPERVISOR), Code.WRONG_AREA)
    problem(await staff.get("/api/v1/refused-messages/1234567890"), Code.UNKNOWN_MESSAGE)

    resolved = (await staff.post(f"{path}/resolve", {"resolution": "recorded"})).json()
    assert (resolved["resolution"], resolved["resolved_by"]) == ("recorded", CASEWORKER.account)
    assert await tasks_of(staff, ref) == []
    problem(await staff.post(f"{path}/resolve", {"resolution": "recorded"}), Code.WRONG_STATE)


async def test_a_refused_objection_is_read_and_resolved_by_a_supervisor_and_is_among_what_is_stuck(
    staff: StaffClient,
) -> None:
    """1.5c."""
    ref = await check_by_prison(staff)
    objects = {"answer": "objection", "reason": "illness"}
    assert await send(staff, ref, "agency_check_answered", note=NOTE, **objects) == "refused"

    [task] = await tasks_of(staff, ref)
    assert (task["waiting_on"], task["code"]) == ("supervisor", "reason_does_not_fit")
    stuck = (await staff.get(f"/api/v1/stuck?kind=refused_objection&area={AREA}&limit=200", SUPERVISOR)).json()
    [reason] = [case["reasons"][0] for case in stuck["cases"] if case["ref"] == ref]
    assert (reason["kind"], reason["who"]) == ("refused_objection", "a supervisor")
    assert f"rj refused show {task['id']}" in reason["can_do"]

    path = f"/api/v1/refused-messages/{task['id']}"
    assert (await staff.get(path, SUPERVISOR)).json()["text"] == NOTE
    looked = "select by from vault.access_log where ref = $1 and what = 'note'"
    assert await staff.pool.fetchval(looked, ref) == SUPERVISOR.account
    problem(await staff.post(f"{path}/resolve", {"resolution": "no_action"}), Code.WRONG_ROLE)
    await staff.record(ref, "concern_raised", data={"reason": "threat_or_harassment"})
    assert (await staff.post(f"{path}/resolve", {"resolution": "recorded"}, SUPERVISOR)).status_code == 200
    kinds = {
        reason["kind"]
        for case in (await staff.get(f"/api/v1/stuck?area={AREA}&limit=200", SUPERVISOR)).json()["cases"]
        if case["ref"] == ref
        for reason in case["reasons"]
    }
    assert "concern" in kinds
    assert "refused_objection" not in kinds


async def test_a_message_after_the_end_is_somebodys_task_too(staff: StaffClient) -> None:
    ref = await check_by_prison(staff)
    await staff.record(ref, "withdrawn", data={"whose": "victim"})
    assert await send(staff, ref, "withdrawn", whose="offender") == "refused"
    [task] = await tasks_of(staff, ref)
    assert (task["waiting_on"], task["code"]) == ("supervisor", "case_closed")
