"""The reports: what they count of a period, by area and for all areas together."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.inbox import PostgresInbox
from domain.vocabulary import CaseRef
from ports.case_file import WaitSnapshot, WriteBatch
from ports.inbox import InboxMessage
from queries.periods import MAX_DAYS, InvalidPeriod, Period, make_period
from queries.reports import AgencyAnswers, ReportQueries, RequestOutcome, StepDuration
from tests.adapters.batches import OTHER_REF, REF, START, case, create_batch, entry

pytestmark = pytest.mark.postgres

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
APRIL = Period(date(2026, 4, 1), date(2026, 4, 30))
TRACE = WaitSnapshot("trace:vlo", "vlo", START, date(2026, 3, 16))
CHECK = WaitSnapshot("agency_check:prison:eastmoor", "prison:eastmoor", START, date(2026, 3, 30), chases=2)


async def _goes_on(
    pool: asyncpg.Pool, version: int, days: int, event: str = "x", ref: CaseRef = REF, **changes: Any
) -> None:
    """The entry `version` of a case, `days` after its request, with where it leaves the case."""
    snapshot = case(version, ref, **{"waits": (), **changes})
    line = entry(version, at=START + timedelta(days=days), event=event, stage=snapshot.stage, step=snapshot.step)
    await PostgresCaseFile(pool).write(WriteBatch(ref, (line,), case=snapshot))


async def test_durations_are_of_the_steps_and_stages_that_were_left_in_the_period(pool: asyncpg.Pool) -> None:
    await _goes_on(pool, 1, 0)
    await _goes_on(pool, 2, 4, step="tracing")
    await _goes_on(pool, 3, 40, stage="offender_traced", step="agency_check")
    await _goes_on(pool, 1, 0, ref=OTHER_REF, area="westhaven")
    await _goes_on(pool, 2, 8, ref=OTHER_REF, area="westhaven", step="tracing")

    assert await ReportQueries(pool).list_durations(MARCH, areas=None) == (
        StepDuration("", "requested", "screening", 2, 4, 8),
        StepDuration("eastshire", "requested", "screening", 1, 4, 4),
        StepDuration("westhaven", "requested", "screening", 1, 8, 8),
    )
    assert await ReportQueries(pool).list_durations(APRIL, areas=["eastshire"]) == (
        StepDuration("", "requested", None, 1, 40, 40),
        StepDuration("", "requested", "tracing", 1, 36, 36),
        StepDuration("eastshire", "requested", None, 1, 40, 40),
        StepDuration("eastshire", "requested", "tracing", 1, 36, 36),
    )
    assert await ReportQueries(pool).list_durations(APRIL, areas=["westhaven"]) == ()


async def test_outcomes_say_how_requests_ended_and_what_was_refused_at_once(pool: asyncpg.Pool) -> None:
    met: dict[str, Any] = {"state": {"version": 1, "form": "letter", "progress": {"contacts": [{"form": "letter"}]}}}
    held: dict[str, Any] = {"stage": "meeting_held", "step": "closed", "ended_on": date(2026, 3, 31), **met}
    declined: dict[str, Any] = {
        "stage": "declined",
        "step": "closed",
        "reason": "victim_withdrew",
        "ended_on": date(2026, 4, 1),
    }
    await _goes_on(pool, 1, 0, **held)
    await _goes_on(pool, 1, 0, ref=OTHER_REF, area="westhaven", **declined)
    inbox = PostgresInbox(pool)
    body = {"event": "request_received", "data": {"area": "westhaven"}}
    request = await inbox.accept_request(
        InboxMessage("staff:x", "1", CaseRef("RJ-2222-2222"), body, bytes(32)), {}, None
    )
    await inbox.resolve(request.id, "refused", "victim_must_ask")
    await pool.execute("update inbox set resolved_at = '2026-03-03'")

    assert await ReportQueries(pool).list_outcomes(MARCH, areas=None) == (
        RequestOutcome("", "meeting_held", None, "letter", 1),
        RequestOutcome("", "refused", "victim_must_ask", None, 1),
        RequestOutcome("eastshire", "meeting_held", None, "letter", 1),
        RequestOutcome("westhaven", "refused", "victim_must_ask", None, 1),
    )
    assert await ReportQueries(pool).list_outcomes(APRIL, areas=["westhaven"]) == (
        RequestOutcome("", "declined", "victim_withdrew", None, 1),
        RequestOutcome("westhaven", "declined", "victim_withdrew", None, 1),
    )
    assert await ReportQueries(pool).list_outcomes(APRIL, areas=["eastshire"]) == ()


async def test_agencies_are_shown_with_what_they_answered_how_soon_and_how_often_they_were_chased(
    pool: asyncpg.Pool,
) -> None:
    late = replace(TRACE, chases=1, overdue_since=date(2026, 3, 16))
    await _goes_on(pool, 1, 0, waits=(late, CHECK))
    await _goes_on(pool, 2, 20, "trace_answered", waits=(CHECK,))
    await _goes_on(pool, 1, 0, ref=OTHER_REF, waits=(TRACE,), area="westhaven")
    await _goes_on(pool, 2, 10, "no_response_recorded", ref=OTHER_REF, area="westhaven")

    vlo = AgencyAnswers("", "vlo", 2, 1, 1, 0, 20, 20, 1, 1, 1)
    prison = AgencyAnswers("", "prison:eastmoor", 1, 0, 0, 1, None, None, 1, 2, 0)
    east, west = (
        AgencyAnswers("eastshire", "vlo", 1, 1, 0, 0, 20, 20, 1, 1, 1),
        AgencyAnswers("westhaven", "vlo", 1, 0, 1, 0, None, None, 0, 0, 0),
    )
    assert await ReportQueries(pool).list_agency_answers(MARCH, areas=None) == (
        prison,
        vlo,
        replace(prison, area="eastshire"),
        east,
        west,
    )
    assert await ReportQueries(pool).list_agency_answers(MARCH, areas=["westhaven"]) == (replace(west, area=""), west)


async def test_a_wait_that_a_hold_interrupts_is_not_over(pool: asyncpg.Pool) -> None:
    await _goes_on(pool, 1, 0, waits=(TRACE,))
    await _goes_on(pool, 2, 5, "put_on_hold", on_hold=True)
    assert await ReportQueries(pool).list_agency_answers(MARCH, areas=None) == ()

    await _goes_on(pool, 3, 9, "resumed", waits=(TRACE,))
    await _goes_on(pool, 4, 12, "trace_answered")
    (every, _) = await ReportQueries(pool).list_agency_answers(MARCH, areas=None)
    assert (every.asked, every.answered, every.median_days) == (1, 1, 12)


async def test_waits_of_staff_are_no_agency_s(pool: asyncpg.Pool) -> None:
    await PostgresCaseFile(pool).write(create_batch(1))
    await PostgresCaseFile(pool).write(create_batch(2, waits=()))

    assert await ReportQueries(pool).list_agency_answers(MARCH, areas=None) == ()


async def test_a_report_reaches_to_the_last_day_that_there_is(pool: asyncpg.Pool) -> None:
    await _goes_on(pool, 1, 0)
    ended: dict[str, Any] = {"stage": "declined", "step": "closed", "reason": "victim_withdrew"}
    await _goes_on(pool, 2, 4, ended_on=date(2026, 3, 6), **ended)
    ever = replace(MARCH, last=date.max)
    reports = ReportQueries(pool)
    for report in (reports.list_durations, reports.list_outcomes, reports.list_agency_answers):
        assert await report(ever, areas=None) == await report(MARCH, areas=None)


def test_a_period_has_ninety_days_up_to_today_by_default() -> None:
    today = date(2026, 4, 2)
    assert make_period(None, None, today) == Period(date(2026, 1, 3), today)
    assert make_period(None, date(2026, 3, 31), today) == Period(date(2026, 1, 1), date(2026, 3, 31))
    assert make_period(date(2025, 6, 1), None, today) == Period(date(2025, 6, 1), today)
    assert make_period(None, date(1, 1, 2), today) == Period(date.min, date(1, 1, 2))


def test_a_period_begins_with_its_first_day_and_is_no_longer_than_a_year_and_some() -> None:
    today = date(2026, 4, 2)
    longest = today - timedelta(days=MAX_DAYS - 1)
    assert make_period(longest, None, today) == Period(longest, today)
    for first, last in ((longest - timedelta(days=1), None), (today + timedelta(days=1), None), (date.min, date.max)):
        with pytest.raises(InvalidPeriod, match="its first day first"):
            make_period(first, last, today)
