"""An ask that cannot be delivered, on the real server: the case waits for a supervisor and goes on from there."""

import asyncio
from datetime import UTC, date, datetime, timedelta

from temporalio.exceptions import ApplicationError

from domain.effects import NotifySupervisor
from ports.agencies import AttemptOutcome
from tests.fakes import REQUEST
from tests.workflows.conftest import SUPERVISOR, Cases, RunningCase
from tests.workflows.recorded_lives import assign_and_assess
from workflows.clock import CaseClock

PROBLEM = "technical_problem:trace:vlo"
OPENING = {"id": "opening", "event": "request_received", "data": dict(REQUEST), "by": {"role": "victim"}}
SHORTEST_DAY = 0.01
SHORT_DAY = 0.2


def clock_with_days_of(seconds: float) -> CaseClock:
    """A clock that shows the real time now, and goes faster."""
    now = datetime.now(UTC).timestamp()
    return CaseClock(now, now, seconds)


"""Seconds: short enough that a reminder comes while the ask is still tried every few seconds."""


async def wait_for_problem(case: RunningCase) -> dict[str, object]:
    """The status of the case once it is written that its first ask cannot be delivered."""
    return await case.until(lambda status: PROBLEM in keys(status) and not status["unwritten"])


def keys(status: dict[str, object]) -> list[str]:
    """What the case waits for besides the first contact with the victim."""
    waits = status.get("waits", [])
    assert isinstance(waits, list)
    return [wait["key"] for wait in waits if wait["key"] != "first_contact"]


def names(case: RunningCase) -> list[str]:
    return case.outside.casefile.names(case.ref)


def outcomes(case: RunningCase, key: str) -> list[str]:
    """What came of each attempt under the case's `key`."""
    return [attempt.outcome for attempt in case.outside.asks.attempts[f"{case.ref}.{key}"]]


async def test_an_address_that_takes_nothing_makes_one_attempt_and_a_wait_for_a_supervisor(cases: Cases) -> None:
    cases.outside.channel.refuse.add("vlo")
    case = await cases.start()
    await case.record_event("request_screened", answer="proceed")
    status = await wait_for_problem(case)
    assert (keys(status), status["outstanding"]) == (["trace:vlo", PROBLEM], [])
    assert outcomes(case, "2.trace:vlo") == [AttemptOutcome.REFUSED]
    entry = case.outside.casefile.entries[case.ref][-1]
    assert (entry.event, entry.by) == ("ask_failed", {"role": "service"})
    assert entry.data == {"wait": "trace:vlo", "problem": "refused"}
    effects = [notification.effect for notification in case.outside.casefile.notifications.values()]
    assert [effect.event for effect in effects if isinstance(effect, NotifySupervisor)] == ["ask_failed"]


async def test_once_its_address_is_corrected_the_agency_is_asked_under_a_fresh_key_and_answers(cases: Cases) -> None:
    cases.outside.channel.refuse.add("vlo")
    case = await cases.start()
    await case.record_event("request_screened", answer="proceed")
    await wait_for_problem(case)
    cases.outside.channel.refuse.clear()
    await case.record_event("ask_retried")
    status = await case.until(lambda status: not status["outstanding"])
    assert keys(status) == ["trace:vlo"]
    assert outcomes(case, "4.trace:vlo") == [AttemptOutcome.DELIVERED]
    await case.record_event("trace_answered", case.agency("vlo"), answer="deceased")
    await case.record_event("death_confirmed", whose="offender")
    assert (await case.wait_until_written())["step"] == "closed"


async def test_where_the_directory_has_none_a_supervisor_names_another(cases: Cases) -> None:
    cases.outside.directory.missing.add("vlo")
    case = await cases.start()
    await case.record_event("request_screened", answer="proceed")
    await wait_for_problem(case)
    assert case.outside.casefile.entries[case.ref][-1].data["problem"] == "no_agency"
    await case.record_event("route_extended", SUPERVISOR, agency="charity")
    status = await case.until(lambda _: bool(cases.outside.channel.asked))
    assert keys(status) == ["trace:charity"]
    assert cases.outside.channel.questions(case.ref) == ["trace:charity"]


async def test_an_ask_and_its_reminder_that_fail_together_make_one_problem(cases: Cases) -> None:
    cases.outside.channel.unreachable = 100_000
    case = await cases.start_with(OPENING, clock_with_days_of(SHORT_DAY))
    await case.record_event("request_screened", answer="proceed")
    under_way = [f"{case.ref}.2.trace:vlo", f"{case.ref}.2.trace:vlo.reminder-1"]
    await case.until(lambda status: status["outstanding"] == under_way)
    cases.outside.channel.refuse.add("vlo")
    await case.until(lambda status: not status["outstanding"])
    await wait_for_problem(case)
    assert names(case).count("ask_failed") == 1
    assert case.outside.casefile.refused[case.ref] == []


async def test_a_reminder_that_cannot_be_delivered_is_a_problem_and_an_answer_settles_it(cases: Cases) -> None:
    case = await cases.start(contact="none")
    await case.record_event("request_screened", answer="proceed")
    await case.until(lambda status: not status["outstanding"])
    cases.outside.channel.refuse.add("vlo")
    await case.pass_days(8)
    await wait_for_problem(case)
    assert outcomes(case, "2.trace:vlo") == [AttemptOutcome.DELIVERED]
    await case.record_event("trace_answered", case.agency("vlo"), answer="not_found")
    assert keys(await case.wait_until_written()) == ["trace:probation"]


async def test_a_cancellation_that_cannot_be_delivered_is_done_with(cases: Cases) -> None:
    case = await cases.start()
    await case.record_event("request_screened", answer="proceed")
    await case.until(lambda status: not status["outstanding"])
    cases.outside.channel.refuse.add("vlo")
    await case.record_event("put_on_hold", reason="illness")
    await case.pass_days(1)
    status = await case.until(lambda status: not status["outstanding"])
    assert keys(status) == ["hold"]
    assert outcomes(case, "2.trace:vlo.cancel") == [AttemptOutcome.REFUSED]
    assert "ask_failed" not in names(case)


async def test_an_ask_that_was_failed_from_outside_is_sent_again(cases: Cases) -> None:
    cases.outside.channel.hangs = True
    case = await cases.start()
    await case.record_event("request_screened", answer="proceed")
    await case.until(lambda _: not cases.outside.channel.hangs)
    activity = cases.environment.client.get_async_activity_handle(
        workflow_id=case.ref, run_id=None, activity_id=await find_pending_activity(case)
    )
    await activity.fail(ApplicationError("by an operator", non_retryable=True))
    await case.until(lambda status: bool(status["outstanding"]))
    await case.pass_days(1)
    await case.until(lambda status: not status["outstanding"])
    assert cases.outside.channel.questions(case.ref) == ["trace:vlo"]


async def find_pending_activity(case: RunningCase) -> str:
    """The id of the one activity that the case waits for."""
    [pending] = (await case.handle.describe()).raw_description.pending_activities
    return pending.activity_id


async def test_a_cancellation_is_tried_until_it_arrives_also_after_aftercare(cases: Cases) -> None:
    clock = clock_with_days_of(SHORTEST_DAY)
    case = await cases.start_with(OPENING, clock)
    await case.record_event("request_screened", answer="proceed")
    await case.until(lambda status: not status["outstanding"])
    cases.outside.channel.unreachable = 100_000
    await case.record_event("withdrawn", whose="victim")
    ends_on = date.fromisoformat((await case.wait_until_written())["aftercare_ends_on"])
    while clock.case_time(datetime.now(UTC)).date() < ends_on + timedelta(days=100):  # noqa: ASYNC110 - real time
        await asyncio.sleep(0.1)
    assert (await case.status())["outstanding"] == [f"{case.ref}.2.trace:vlo.cancel"]
    cases.outside.channel.unreachable = 0
    await case.handle.result()
    assert [cancellation.ask for cancellation in cases.outside.channel.cancelled] == [f"{case.ref}.2.trace:vlo"]


async def test_limited_access_is_in_the_status(cases: Cases) -> None:
    case = await cases.start()
    assert (await case.status())["limited_access"] is False
    await case.record_event("request_screened", answer="proceed")
    await case.record_event("trace_answered", case.agency("vlo"), answer="restricted", limited_access=True)
    assert (await case.status())["limited_access"] is True


async def test_withdrawn_on_the_eve_the_prison_is_told_as_soon_as_it_can_be_reached(cases: Cases) -> None:
    """3.1b: what the agency was not told yet is retried in order; the day that it expects comes first."""
    case, prison, rehub = await cases.start(), "prison", "hmpps_rehub"
    await case.record_event("request_screened", answer="proceed")
    await assign_and_assess(case)
    found = {"answer": "found", "whereabouts": "custody", "responsible_agency": prison}
    await case.record_event("trace_answered", case.agency("vlo"), **found)
    await case.until(lambda status: not status["outstanding"])
    for checker in (prison, rehub):
        await case.record_event("agency_check_answered", case.agency(checker), answer="no_objection")
    await case.record_event("offender_approached", case.agency(prison))
    await case.record_event("offender_answered", case.agency(prison), answer="willing")
    await case.record_event("readiness_assessed", answer="ready")
    for whose in ("victim", "offender"):
        await case.record_event("consent_recorded", whose=whose)
    today = datetime.fromisoformat((await case.status())["received_at"]).date()
    await case.until(lambda status: not status["outstanding"])
    cases.outside.channel.unreachable = 3
    day = (today + timedelta(days=14)).isoformat()
    await case.record_event("meeting_arranged", form="face_to_face", day=day)
    await case.record_event("withdrawn", whose="victim")
    assert (await case.until(lambda status: not status["outstanding"]))["step"] == "closed"
    told = [update.changed for update in cases.outside.channel.updated if update.agency == prison]
    assert told[-1] == ("day_cancelled", "ended")
    assert len(told) == len(set(told))


async def test_a_case_goes_on_after_aftercare_until_a_concern_is_decided(cases: Cases) -> None:
    """1.2b: a concern that nobody has decided does not end with the workflow."""
    clock = clock_with_days_of(SHORTEST_DAY)
    case = await cases.start_with(OPENING, clock)
    await case.record_event("withdrawn", whose="victim")
    await case.record_event("concern_raised", reason="safeguarding")
    ends_on = date.fromisoformat((await case.wait_until_written())["aftercare_ends_on"])
    while clock.case_time(datetime.now(UTC)).date() < ends_on + timedelta(days=100):  # noqa: ASYNC110 - real time
        await asyncio.sleep(0.1)
    await case.record_event("concern_decided", SUPERVISOR, result="no_concern")
    await case.handle.result()
