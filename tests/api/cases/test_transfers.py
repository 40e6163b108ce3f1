"""A transfer over HTTP: the other area sees little and answers, and access follows the case's area."""

from api.problems import Code
from domain.people import StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import person

HERE = person("h.adair", StaffRole.CASEWORKER, areas=(AREA,))
THERE = person("t.novak", StaffRole.SUPERVISOR, areas=(ELSEWHERE,))
PROPOSAL = {"to_area": ELSEWHERE, "consent": True}


async def propose(staff: StaffClient) -> str:
    staff.tokens.people |= {HERE.id: HERE, THERE.id: THERE}
    ref = await staff.open_case()
    assert (await staff.record(ref, "transfer_proposed", HERE, data=PROPOSAL)).status_code == 200
    return ref


async def test_the_other_area_sees_reference_step_flags_and_dates_of_a_case_and_nothing_else(
    staff: StaffClient,
) -> None:
    """3.7a."""
    ref = await propose(staff)
    listed = (await staff.get("/api/v1/transfers", THERE)).json()["transfers"]
    (mine,) = [transfer for transfer in listed if transfer["ref"] == ref]
    assert set(mine) == {"ref", "version", "to_area", "step", "flags", "received_at", "proposed_on", "due_on"}
    assert (mine["to_area"], mine["step"], mine["flags"]) == (ELSEWHERE, "screening", [])
    problem(await staff.get(f"/api/v1/cases/{ref}", THERE), Code.WRONG_AREA)
    problem(await staff.get("/api/v1/transfers", HERE), Code.WRONG_ROLE)


async def test_a_proposal_is_in_the_stuck_list_and_the_digest_of_the_other_area(staff: StaffClient) -> None:
    """3.7a."""
    ref = await propose(staff)
    stuck = (await staff.get("/api/v1/stuck?limit=200", THERE)).json()
    (mine,) = [transfer for transfer in stuck["transfers"] if transfer["ref"] == ref]
    assert set(mine) == {"ref", "version", "to_area", "step", "flags", "received_at", "proposed_on", "due_on"}
    assert ref not in {case["ref"] for case in stuck["cases"]}
    lines = (await staff.get("/api/v1/digest", THERE)).json()["lines"]
    assert any(line.startswith(f"- {ref} to {ELSEWHERE}: screening; proposed on ") for line in lines)

    here = (await staff.get("/api/v1/stuck?limit=200&kind=transfer", HERE)).json()
    assert here["transfers"] == []
    (case,) = [case for case in here["cases"] if case["ref"] == ref]
    who = {reason["kind"]: reason["who"] for reason in case["reasons"]}
    assert (case["kind"], who["transfer"]) == ("transfer", f"a supervisor of {ELSEWHERE}")

    answer = await staff.post(
        f"/api/v1/cases/{ref}/events", {"event": "transfer_accepted"}, THERE, if_match=f'"{mine["version"]}"'
    )
    assert answer.status_code == 200, answer.text
    assert ref not in str((await staff.get("/api/v1/stuck?limit=200", THERE)).json()["transfers"])


async def test_a_supervisor_there_takes_the_case_and_then_only_they_see_it(staff: StaffClient) -> None:
    """3.7c, 3.7d."""
    ref = await propose(staff)
    taken = await staff.record(ref, "transfer_accepted", THERE)
    assert (taken.status_code, taken.json()["case"]["area"]) == (200, ELSEWHERE)
    assert (await staff.get(f"/api/v1/cases/{ref}", THERE)).status_code == 200
    problem(await staff.get(f"/api/v1/cases/{ref}", HERE), Code.WRONG_AREA)
    problem(await staff.record(ref, "request_screened", HERE, data={"answer": "proceed"}), Code.WRONG_AREA)
    refs = [case["ref"] for case in (await staff.get("/api/v1/cases?limit=200", HERE)).json()["cases"]]
    assert ref not in refs
    assert await staff.pool.fetchval("select area from waits where ref = $1", ref) == ELSEWHERE


async def test_a_supervisor_there_declines_and_is_shown_nothing_of_the_case(staff: StaffClient) -> None:
    """3.7a."""
    ref = await propose(staff)
    declined = await staff.record(ref, "transfer_declined", THERE)
    assert (declined.status_code, declined.json()["case"], declined.json()["preview"]) == (200, None, None)
    assert (await staff.get(f"/api/v1/cases/{ref}", HERE)).status_code == 200
    problem(await staff.record(ref, "transfer_accepted", THERE), Code.WRONG_AREA)


async def test_nobody_but_the_other_area_answers_a_transfer_and_nobody_there_does_more(staff: StaffClient) -> None:
    """3.7a."""
    ref = await propose(staff)
    supervisor = person("s.hale", StaffRole.SUPERVISOR, areas=(AREA,))
    staff.tokens.people[supervisor.id] = supervisor
    problem(await staff.record(ref, "transfer_accepted", supervisor), Code.WRONG_AREA)
    problem(await staff.record(ref, "transfer_withdrawn", THERE), Code.WRONG_AREA)
    assert (await staff.record(ref, "transfer_withdrawn", HERE)).status_code == 200


async def test_a_transfer_to_an_area_that_does_not_exist_is_answered_with_near_matches(staff: StaffClient) -> None:
    """4.6."""
    staff.tokens.people |= {HERE.id: HERE}
    ref = await staff.open_case()
    answer = await staff.record(ref, "transfer_proposed", HERE, data={"to_area": "eastmor", "consent": True})
    assert ELSEWHERE in str(problem(answer, Code.UNKNOWN_AREA))
