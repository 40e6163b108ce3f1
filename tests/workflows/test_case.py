"""A case on the real server, with the outside stood in for and a clock that tests move on."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError, CancelledError

from domain.case import Case
from domain.events import Chased, Record
from domain.process import advance
from domain.refusals import RecordRefused
from domain.vocabulary import CaseRef, Refusal
from ports.case_file import Entry, WriteBatch
from tests.fakes import REQUEST
from tests.workflows.conftest import SUPERVISOR, Cases
from tests.workflows.recorded_lives import to_preparing
from workflows.case import RestorativeJusticeCase
from workflows.case_log import RESULTS_KEPT, CarryOver
from workflows.clock import DAY_SECONDS, CaseClock
from workflows.names import GET_TIMELINE, RECORD, RECORD_EVENT, SET_CLOCK
from workflows.starting import CaseStart

ANOTHERS = Entry(2, "another", "progress_recorded", {}, {}, datetime(2026, 3, 2, tzinfo=UTC), "requested", "screening")
"""An entry that some other writer put there."""


async def test_a_request_runs_to_a_meeting_held_and_closes_after_its_follow_ups(cases: Cases) -> None:
    case = await cases.start()
    await to_preparing(case)
    today = date.fromisoformat((await case.status())["received_at"][:10])
    for whose in ("victim", "offender"):
        await case.record_event("consent_recorded", whose=whose)
    await case.record_event("meeting_arranged", form="face_to_face", day=(today + timedelta(days=3)).isoformat())
    await case.record_event("meeting_held", form="face_to_face", result="completed")
    for _ in range(3):
        await case.record_event("follow_up_recorded", agreement_kept="met")
    status = await case.wait_until_written()
    assert (status["stage"], status["step"], status["reason"]) == ("meeting_held", "closed", None)
    assert cases.outside.casefile.victim_messages(case.ref) == [
        "acknowledged",
        "milestone",
        "milestone",
        "milestone",
        "milestone",
        "milestone",
        "ended",
    ]
    await case.environment.fast_forward(case.handle)
    end = await case.handle.result()
    assert end["stage"] == "meeting_held"


async def test_a_silent_agency_is_reminded_then_overdue_and_reminded_weekly_while_the_case_waits(cases: Cases) -> None:
    """3.5."""
    case = await cases.start()
    await case.record_event("contact_made")
    await case.record_event("request_screened", answer="proceed")
    await case.pass_days(40)
    names = cases.outside.casefile.names(case.ref)
    expected = [
        "request_received",
        "contact_made",
        "request_screened",
        "chased",
        "became_overdue",
        *["chased"] * 3,
        "victim_updated",
        "second_notice",
    ]
    assert sorted(names) == sorted(expected)
    status = await case.status()
    assert (status["step"], status["waits"][0]["waiting_on"]) == ("tracing", "vlo")
    assert [ask.reminder for ask in cases.outside.channel.asked] == [0, 1, 2, 3, 4]


async def test_a_due_event_that_is_refused_stops_neither_the_case_nor_its_other_dates(
    cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse_chases(case: Case, record: Record, now: datetime) -> Case:
        if isinstance(record.event, Chased):
            raise RecordRefused(Refusal.NOT_DUE)
        return advance(case, record, now)

    monkeypatch.setattr("workflows.case_log.advance", refuse_chases)
    case = await cases.start()
    await case.record_event("contact_made")
    await case.record_event("request_screened", answer="proceed")
    await case.pass_days(40)
    names, refused = cases.outside.casefile.names(case.ref), cases.outside.casefile.refused[case.ref]
    assert {"became_overdue", "victim_updated"} <= set(names)
    assert "chased" not in names
    assert {record.event for record in refused} == {"chased"}
    assert len(refused) <= len(names), "it is tried once between two entries"
    assert (await case.status())["refused_due"] == ["chased"]

    monkeypatch.undo()
    await case.record_event("progress_recorded")
    await case.until(lambda status: not status["refused_due"])
    await case.wait_until_written()
    assert cases.outside.casefile.names(case.ref)[-1] == "chased"


async def test_an_unreachable_agency_is_tried_again_and_each_attempt_is_kept(cases: Cases) -> None:
    cases.outside.channel.unreachable = 2
    case = await cases.start()
    await case.record_event("request_screened", answer="proceed")
    await case.pass_days(1)
    attempts = cases.outside.asks.attempts[f"{case.ref}.2.trace:vlo"]
    outcomes = [(attempt.outcome, attempt.error) for attempt in attempts]
    assert outcomes == [("failed", "status 503"), ("failed", "status 503"), ("delivered", "")]


async def test_a_second_delivery_of_a_record_changes_nothing_and_gets_the_first_answer(cases: Cases) -> None:
    case = await cases.start()
    record = case.record("request_screened", answer="proceed")
    first = await case.handle.execute_update(RECORD_EVENT, record, id="one")
    await case.handle.signal(RECORD, record)
    second = await case.handle.execute_update(RECORD_EVENT, record, id="another")
    assert first == second
    assert (await case.status())["version"] == 2


async def test_a_refused_update_says_why_and_leaves_no_trace(cases: Cases) -> None:
    case = await cases.start()
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await case.record_event("meeting_held", form="letter", result="completed")
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "not_allowed_now"
    await case.wait_until_written()
    assert cases.outside.casefile.refused[case.ref] == []


MALFORMED: tuple[tuple[object, ...], ...] = (
    (),
    (None,),
    ([],),
    ({},),
    ("text",),
    ({"id": 7},),
    ({"id": "", "inbox": 10**30},),
    ({"a": 1}, {"b": 2}),
)


@pytest.mark.parametrize("payload", MALFORMED)
async def test_a_malformed_signal_is_stored_as_refused_and_blocks_nothing(
    cases: Cases, payload: tuple[object, ...]
) -> None:
    case = await cases.start()
    await case.handle.signal(RECORD, args=list(payload))
    await case.handle.signal("no_such_signal", args=list(payload))
    await case.record_event("request_screened", answer="proceed")
    await case.wait_until_written()
    assert len(cases.outside.casefile.refused[case.ref]) == 2


@pytest.mark.parametrize("payload", [(), (None,), ([],), ("text",), ({"id": 7},), ({"a": 1}, {"b": 2})])
async def test_a_malformed_update_is_refused_and_blocks_nothing(cases: Cases, payload: tuple[object, ...]) -> None:
    case = await cases.start()
    with pytest.raises(WorkflowUpdateFailedError):
        await case.handle.execute_update(RECORD_EVENT, args=list(payload))
    assert (await case.record_event("request_screened", answer="proceed"))["step"] == "tracing"


async def test_a_refused_request_opens_no_case_and_says_why(cases: Cases) -> None:
    case = await cases.start(initiated_by="offender", flags=["sexual_harm"])
    assert (await case.handle.result())["stage"] == ""
    assert [refused.code for refused in cases.outside.casefile.refused[case.ref]] == ["victim_must_ask"]
    assert cases.outside.casefile.entries[case.ref] == []


async def test_nothing_is_lost_while_the_database_is_unavailable(cases: Cases) -> None:
    case = await cases.start()
    cases.outside.casefile.away = True
    answer = await case.record_event("request_screened", answer="proceed")
    await case.signal("progress_recorded", SUPERVISOR)
    assert answer["step"] == "tracing"
    assert (await case.status())["unwritten"] > 0
    cases.outside.casefile.away = False
    await case.pass_days(1)
    await case.wait_until_written()
    assert cases.outside.casefile.names(case.ref)[:3] == [
        "request_received",
        "request_screened",
        "progress_recorded",
    ]
    assert cases.outside.casefile.victim_messages(case.ref)[0] == "acknowledged"


async def test_what_arrives_while_the_database_is_unavailable_is_one_batch(cases: Cases) -> None:
    cases.outside.casefile.away = True
    case = await cases.start()
    await case.status()
    for _ in range(5):
        await case.record_event("progress_recorded")
    cases.outside.casefile.away = False
    await case.pass_days(1)
    await case.wait_until_written()
    batches = cases.outside.casefile.batches[case.ref]
    assert [len(batch.entries) for batch in batches] == [1, 5]


async def test_a_case_whose_file_holds_another_entry_stops_writing_and_says_so(cases: Cases) -> None:
    case = await cases.start()
    await case.wait_until_written()
    await cases.outside.casefile.write(WriteBatch(CaseRef(case.ref), (ANOTHERS,)))
    await case.signal("progress_recorded")
    status = await case.until(lambda status: bool(status["sequence_conflict"]))
    assert (status["unwritten"], status["version"]) == (1, 2)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await case.record_event("progress_recorded")
    assert isinstance(refused.value.cause, ApplicationError)
    assert refused.value.cause.type == "sequence_conflict"
    assert cases.outside.casefile.entries[case.ref][1:] == [ANOTHERS]


async def test_a_case_that_is_cancelled_ends_also_while_the_database_is_unavailable(cases: Cases) -> None:
    cases.outside.casefile.away = True
    case = await cases.start()
    await case.status()
    await case.handle.cancel()
    with pytest.raises(WorkflowFailureError) as failure:
        await case.handle.result()
    assert isinstance(failure.value.cause, CancelledError)


async def test_two_hundred_events_over_four_years_lose_nothing(cases: Cases) -> None:
    case = await cases.start(contact="none")
    for _ in range(4):
        for _ in range(50):
            await case.signal("contact_preference_changed", contact="none")
        await case.pass_days(365)
    status = await case.wait_until_written()
    names = cases.outside.casefile.names(case.ref)
    assert names.count("contact_preference_changed") == 200
    assert len(names) == status["version"]
    assert [entry["event"] for entry in await case.handle.query(GET_TIMELINE)] == names[-RESULTS_KEPT:]
    assert (await case.handle.describe()).run_id != case.handle.first_execution_run_id
    assert (await case.record_event("request_screened", answer="proceed"))["step"] == "tracing"


async def test_checking_for_work_changes_nothing() -> None:
    case = RestorativeJusticeCase(CaseStart("RJ-7Q2K-9F3M", {}, carried=CarryOver(None)))
    case._timer, case._timer_at = asyncio.create_task(asyncio.sleep(0)), datetime(2026, 3, 2, tzinfo=UTC)
    await case._timer
    before = dict(vars(case))
    assert case._has_work()
    assert vars(case) == before


async def test_a_clock_that_is_set_ahead_brings_what_is_due_by_then(cases: Cases) -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    record = {"id": "opening", "event": "request_received", "data": REQUEST, "by": {"role": "victim"}}
    case = await cases.start_with(record, CaseClock(case_origin=noon.timestamp(), day_seconds=0))
    await case.record_event("request_screened", answer="proceed")

    in_march = CaseClock(case_origin=noon.timestamp() + 100 * DAY_SECONDS, day_seconds=0)
    await case.handle.signal(SET_CLOCK, in_march)
    await case.until(lambda _: "became_overdue" in case.outside.casefile.names(case.ref))

    at = [entry.at for entry in case.outside.casefile.entries[case.ref]]
    assert (at[0], at[-1]) == (noon, noon + timedelta(days=100))


async def test_a_case_in_real_time_keeps_it(cases: Cases) -> None:
    case = await cases.start()
    await case.handle.signal(SET_CLOCK, CaseClock(case_origin=0, day_seconds=0))
    await case.record_event("request_screened", answer="proceed")
    await case.wait_until_written()

    at = [entry.at for entry in case.outside.casefile.entries[case.ref]]
    assert at == sorted(at)
