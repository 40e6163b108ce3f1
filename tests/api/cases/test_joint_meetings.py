"""Joint meetings (3.9): all cases are validated before one of them is recorded, and a cancellation names nobody."""

from datetime import timedelta
from typing import Any

from adapters.clock import StackClock
from api.problems import Code
from domain.people import StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import SUPERVISOR, person

LOCAL = person("j.moss", StaffRole.CASEWORKER, areas=(AREA,))


FROM_RISK_TO_CONSENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("risk_assessed", {"result": "direct", "further_abuse": False}),
    ("facilitator_assigned", {"facilitator": "f.quill"}),
    ("offender_approached", {}),
    ("offender_answered", {"answer": "willing"}),
    ("readiness_assessed", {"answer": "ready"}),
    ("consent_recorded", {"whose": "victim"}),
    ("consent_recorded", {"whose": "offender"}),
)
"""From the checks to a case in which contact can be arranged."""


async def prepare_case(staff: StaffClient, incident: str, area: str = AREA) -> str:
    """A case in which a letter can be arranged."""
    ref = await staff.open_case(area, incident=incident)
    for event, data in (
        ("request_screened", {"answer": "proceed"}),
        ("trace_answered", {"answer": "found", "whereabouts": "unsupervised"}),
        ("agency_check_answered", {"answer": "no_objection"}),
        *FROM_RISK_TO_CONSENTS,
    ):
        answer = await staff.record(ref, event, SUPERVISOR, data=data)
        assert answer.status_code == 200, answer.text
    return ref


async def accredit_facilitator(staff: StaffClient) -> None:
    await staff.pool.execute(
        "insert into staff (id, roles, areas, entered_by, accredited_until) "
        "values ('f.quill', '{caseworker}', null, '', current_date + 700) on conflict do nothing"
    )


def describe_meeting(*refs: str, days: int = 14) -> dict[str, Any]:
    return {"form": "letter", "day": str(StackClock().today() + timedelta(days=days)), "joint_with": list(refs)}


async def steps(staff: StaffClient, *refs: str) -> list[str]:
    return [(await staff.get(f"/api/v1/cases/{ref}", SUPERVISOR)).json()["step"] for ref in refs]


async def test_a_joint_meeting_is_recorded_in_every_case_and_once(staff: StaffClient) -> None:
    """3.9: each names the others, under the key and the reference."""
    await accredit_facilitator(staff)
    one, two, three = [await prepare_case(staff, "CR-2201") for _ in range(3)]
    meeting = describe_meeting(two, three)
    for _ in range(2):
        answer = await staff.record(one, "meeting_arranged", SUPERVISOR, data=meeting, key="joint-1")
        assert answer.status_code == 200, answer.text
    assert await steps(staff, one, two, three) == ["scheduled"] * 3
    query = "select id, data -> 'joint_with' from entries where ref = $1 and event = 'meeting_arranged'"
    ((id, joint_with),) = await staff.pool.fetch(query, two)
    assert (id.endswith(f":{two}"), set(joint_with)) == (True, {one, three})


async def test_where_one_case_refuses_none_is_recorded(staff: StaffClient) -> None:
    """3.9."""
    await accredit_facilitator(staff)
    ready, early = await prepare_case(staff, "CR-2202"), await staff.open_case(incident="CR-2202")
    answer = await staff.record(ready, "meeting_arranged", SUPERVISOR, data=describe_meeting(early))
    assert early in problem(answer, Code.REFUSED)["detail"]
    assert await steps(staff, ready, early) == ["preparing", "screening"]


async def test_cases_of_different_incidents_or_of_none_do_not_meet_jointly(staff: StaffClient) -> None:
    """3.9."""
    await accredit_facilitator(staff)
    one = await prepare_case(staff, "CR-2203")
    for other in (await staff.open_case(incident="CR-9999"), await staff.open_case(), one):
        answer = await staff.record(one, "meeting_arranged", SUPERVISOR, data=describe_meeting(other))
        assert problem(answer, Code.REFUSED)["reason"] == "not_the_same_incident"
    problem(
        await staff.record(one, "meeting_arranged", SUPERVISOR, data=describe_meeting("RJ-2222-3333")),
        Code.UNKNOWN_CASE,
    )
    assert await steps(staff, one) == ["preparing"]


async def test_a_case_of_another_area_is_not_arranged_by_somebody_who_does_not_see_it(staff: StaffClient) -> None:
    """3.9."""
    staff.tokens.people[LOCAL.id] = LOCAL
    await accredit_facilitator(staff)
    here, there = await prepare_case(staff, "CR-2204"), await staff.open_case(ELSEWHERE, incident="CR-2204")
    problem(await staff.record(here, "meeting_arranged", LOCAL, data=describe_meeting(there)), Code.WRONG_AREA)


async def test_where_one_cancels_the_others_get_a_task_that_names_nobody(staff: StaffClient) -> None:
    """3.9."""
    await accredit_facilitator(staff)
    one, two = [await prepare_case(staff, "CR-2205") for _ in range(2)]
    await staff.record(one, "meeting_arranged", SUPERVISOR, data=describe_meeting(two))
    assert await tasks_of(staff, one, two) == []
    await staff.record(two, "meeting_postponed", SUPERVISOR, data={"reason": "illness"})
    (task,) = await tasks_of(staff, one, two)
    assert task["ref"] == one
    assert two not in str(task)
    await staff.record(one, "meeting_postponed", SUPERVISOR, data={"reason": "illness"})
    assert await tasks_of(staff, one, two) == []


async def tasks_of(staff: StaffClient, *refs: str) -> list[dict[str, Any]]:
    found = (await staff.get("/api/v1/tasks?limit=200", SUPERVISOR)).json()["joint_meetings"]
    return [task for task in found if task["ref"] in refs]
