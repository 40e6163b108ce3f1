"""What an agency without software says by the link in its email has the same effect as by webhook."""

import asyncio
from datetime import date, timedelta
from typing import Any

from adapters.channels.answer_links import PostgresAnswerLinks
from adapters.clock import StackClock
from adapters.postgres.asks import PostgresAsks
from adapters.postgres.directory import PostgresDirectory
from api.problems import Code
from domain.effects import Ask, CancelAsk
from domain.vocabulary import AgencyRef, CaseRef, WaitKind
from ports.agencies import Attempt, AttemptOutcome
from tests.api.answering import Page, fill_in
from tests.api.cases.conftest import AREA, StaffClient, problem
from tests.api.cases.test_joint_meetings import FROM_RISK_TO_CONSENTS, accredit_facilitator
from tests.api.cases.test_raising_concerns import concerns_of
from tests.api.cases.test_refused_messages import check_by_prison
from tests.api.people import SUPERVISOR

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def answer_by_link(
    staff: StaffClient, ref: str, wait: str, entered: dict[str, Any], *, cancelled: bool = False
) -> str:
    """Enter something into the page that asks the prison for `wait`; return its link once the case has taken it."""
    agency = await PostgresDirectory(staff.pool).get_by_id(f"{AREA}-prison")
    assert agency is not None
    kind = WaitKind(wait.partition(":")[0])
    due_on = StackClock().today() + timedelta(days=14)
    ask = Ask(f"{ref}.3.{wait}", CaseRef(ref), AREA, AgencyRef("prison"), kind, due_on, 0)
    link = f"/answer/{(await PostgresAnswerLinks(staff.pool).create(agency, ask, 90)).token}"
    if cancelled:
        cancel = CancelAsk(f"{ask.key}.cancel", ask.ref, AREA, ask.agency, ask.key)
        await PostgresAsks(staff.pool).record_attempt(cancel, Attempt(AttemptOutcome.DELIVERED))
    page = Page((await staff.http.get(link)).text)
    sent = await staff.http.post(link, content=fill_in(page, entered), headers=FORM)
    assert sent.status_code == 200, sent.text
    query = "select outcome from inbox where ref = $1 and message_id ~ '^(link|concern)-' order by id desc limit 1"
    async with asyncio.timeout(120):
        while (outcome := await staff.pool.fetchval(query, ref)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert outcome == "applied"
    return link


async def record_all(staff: StaffClient, ref: str, *events: tuple[str, dict[str, Any]]) -> None:
    for event, data in events:
        answer = await staff.record(ref, event, SUPERVISOR, data=data)
        assert answer.status_code == 200, answer.text


def enter_day(name: str, day: date) -> dict[str, str]:
    """What a person enters for `day` into the field of this name."""
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


async def test_no_meeting_is_arranged_that_does_not_meet_the_conditions_of_a_clearance_by_link(
    staff: StaffClient,
) -> None:
    """1.9a, 1.9d."""
    ref = await check_by_prison(staff)
    today = StackClock().today()
    first = today + timedelta(days=20)
    entered = {"answer": "no_objection", "no_objection-conditions": ["indirect_only", "staff_present"]}
    await answer_by_link(staff, ref, "agency_check:prison", {**entered, **enter_day("no_objection-not_before", first)})
    cleared = {"answer": "no_objection"}
    rehub = await staff.record(ref, "agency_check_answered", data=cleared, on_behalf_of="hmpps_rehub")
    assert rehub.status_code == 200, rehub.text
    await accredit_facilitator(staff)
    await record_all(staff, ref, *FROM_RISK_TO_CONSENTS)
    meeting = {"form": "letter", "day": str(first), "conditions": ["staff_present"]}
    others: tuple[dict[str, Any], ...] = (
        {"form": "face_to_face"},
        {"day": str(first - timedelta(days=1))},
        {"conditions": []},
    )
    for other in others:
        refused = await staff.record(ref, "meeting_arranged", SUPERVISOR, data={**meeting, **other})
        assert problem(refused, Code.REFUSED)["reason"] == "condition_not_met"
    await record_all(staff, ref, ("meeting_arranged", meeting))


async def approach_by_prison(staff: StaffClient) -> str:
    """A case in which the offender considers what the prison has told them."""
    ref = await check_by_prison(staff)
    await record_all(staff, ref, ("offender_approached", {}))
    return ref


async def test_a_victim_hears_of_a_yes_by_link_at_once_where_the_offender_agrees(staff: StaffClient) -> None:
    """2.4."""
    for agrees in ("no", "yes"):
        ref = await approach_by_prison(staff)
        await answer_by_link(staff, ref, "offender_answer:prison", {"answer": "willing", "willing-may_be_told": agrees})
        state = await staff.pool.fetchval("select state from cases where ref = $1", ref)
        assert state["progress"].get("yes_told", False) is (agrees == "yes")


async def test_a_death_reported_by_link_stops_contact_and_leaves_the_answer_open(staff: StaffClient) -> None:
    """1.12a."""
    ref = await check_by_prison(staff)
    link = await answer_by_link(staff, ref, "agency_check:prison", {"answer": "died"})
    case = (await staff.get(f"/api/v1/cases/{ref}")).json()
    assert case["step"] == "agency_check"
    assert {"agency_check:prison", "death:offender"} <= {wait["key"] for wait in case["waits"]}
    assert "no_objection" in Page((await staff.http.get(link)).text).answers()


async def test_a_move_by_link_hands_the_case_to_who_works_with_the_offender_now(staff: StaffClient) -> None:
    """1.9b, 1.9c."""
    ref = await check_by_prison(staff)
    moved = {
        "answer": "moved",
        "moved-whereabouts": "community_supervised",
        "moved-responsible_agency": "probation",
    }
    await answer_by_link(staff, ref, "agency_check:prison", moved)
    case = (await staff.get(f"/api/v1/cases/{ref}")).json()
    checks = {wait["key"] for wait in case["waits"] if wait["key"].startswith("agency_check")}
    assert checks == {"agency_check:hmpps_rehub", "agency_check:probation"}


async def test_an_offender_withdraws_by_link_while_they_are_assessed(staff: StaffClient) -> None:
    ref = await approach_by_prison(staff)
    await answer_by_link(staff, ref, "offender_answer:prison", {"answer": "willing", "willing-may_be_told": "no"})
    await answer_by_link(staff, ref, "assessment:offender", {"answer": "withdrawn"})
    case = (await staff.get(f"/api/v1/cases/{ref}")).json()
    assert (case["step"], case["reason"]) == ("closed", "offender_withdrew")


async def test_an_agency_whose_request_was_cancelled_raises_a_concern_by_its_link(staff: StaffClient) -> None:
    """1.1a: any agency that was ever asked."""
    ref = await check_by_prison(staff)
    concern = {"answer": "concern", "concern-reason": "safeguarding"}
    await answer_by_link(staff, ref, "agency_check:prison", concern, cancelled=True)
    assert [agency.partition(":")[0] for agency in await concerns_of(staff, ref)] == ["prison"]
