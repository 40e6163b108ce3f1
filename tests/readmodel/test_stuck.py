"""The supervisor's list: what stands still, the longest first, and why."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from activities.ports import Attempt, Outcome, Page, Wait
from adapters.postgres.asks import PostgresAsks
from adapters.postgres.casefile import PostgresCaseFile
from adapters.postgres.inbox import PostgresInbox
from domain.duties import Ask, CallBack
from domain.vocabulary import AgencyRef, CaseRef, WaitKind
from readmodel.asks import asks_of
from readmodel.stuck import failing_asks, overdue_cases, parked_messages
from tests.adapters.pages import OTHER_REF, REF, SCREENING, START, case, entry, page

pytestmark = pytest.mark.postgres

MAUNDY_THURSDAY = date(2026, 4, 2)
TRACE = Wait("trace:vlo", "vlo", START, date(2026, 3, 16))
ASK = Ask(f"{REF}.3.trace:vlo", REF, "eastshire", AgencyRef("vlo"), WaitKind.TRACE, TRACE.due_on)
REMINDER = Ask(f"{ASK.key}.reminder-1", REF, "eastshire", ASK.agency, WaitKind.TRACE, ASK.due_on, reminder=1)
ANEW = replace(ASK, key=f"{REF}.7.trace:vlo")
PROBLEM = Wait(f"technical_problem:{TRACE.key}", "supervisor", START, TRACE.due_on)
CALL_BACK = CallBack(f"{ASK.key}.back", REF, "eastshire", ASK.agency, ASK.key)


def _overdue(key: str, on: str, due_on: date, chases: int = 0) -> Wait:
    return Wait(key, on, START, due_on, chases=chases, overdue_since=due_on)


async def _write(pool: asyncpg.Pool, ref: CaseRef, *waits: Wait, **changes: Any) -> None:
    await PostgresCaseFile(pool).write(page(1, ref=ref, waits=waits, **changes))


async def _fails(pool: asyncpg.Pool, duty: Ask | CallBack, times: int = 1, outcome: Outcome = Outcome.FAILED) -> None:
    for _ in range(times):
        await PostgresAsks(pool).remember(duty, Attempt(outcome, "status 503"))


async def test_overdue_cases_come_longest_first_each_with_every_wait_that_ran_out(pool: asyncpg.Pool) -> None:
    probation = _overdue("agency_check:probation", "probation", date(2026, 3, 20))
    prison = _overdue("agency_check:prison:eastmoor", "prison:eastmoor", date(2026, 3, 27))
    vlo = _overdue("trace:vlo", "vlo", date(2026, 3, 23), chases=1)
    await _write(pool, REF, vlo, SCREENING)
    await _write(pool, OTHER_REF, prison, probation)

    cases = await overdue_cases(pool, MAUNDY_THURSDAY)
    assert [(each.ref, [wait.key for wait in each.waits]) for each in cases] == [
        (OTHER_REF, [probation.key, prison.key]),
        (REF, [vlo.key]),
    ]


async def test_working_days_over_skip_weekends_and_bank_holidays(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, _overdue("trace:vlo", "vlo", MAUNDY_THURSDAY))

    (before,) = await overdue_cases(pool, date(2026, 4, 6))
    (after,) = await overdue_cases(pool, date(2026, 4, 8))
    assert (before.waits[0].working_days_over, after.waits[0].working_days_over) == (0, 2)


async def test_why_says_on_whom_since_when_how_long_over_and_when_the_victim_heard(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, _overdue("trace:vlo", "vlo", date(2026, 3, 31), chases=1))

    (stuck,) = await overdue_cases(pool, MAUNDY_THURSDAY)
    for part in ("2 March 2026", "31 March 2026", "2 working days over", "Reminded 1 time", "last heard on 2 March"):
        assert part in stuck.why


async def test_a_case_that_is_not_overdue_is_not_listed(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, SCREENING)

    assert await overdue_cases(pool, date(2027, 1, 1)) == ()


async def test_a_list_of_one_area_or_a_few_holds_no_more(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, _overdue("trace:vlo", "vlo", date(2026, 3, 20)))
    await _write(pool, OTHER_REF, _overdue("trace:vlo", "vlo", date(2026, 3, 19)), area="westhaven")

    assert [each.ref for each in await overdue_cases(pool, MAUNDY_THURSDAY, limit=1)] == [OTHER_REF]
    assert [each.ref for each in await overdue_cases(pool, MAUNDY_THURSDAY, area="eastshire")] == [REF]


async def test_an_ask_that_reaches_nobody_is_listed_with_how_often_and_why(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE)
    await _fails(pool, ASK, times=3)

    (failing,) = await failing_asks(pool)
    assert (failing.ref, failing.attempts, failing.error) == (REF, 3, "status 503")
    assert "3 attempts since" in failing.why
    assert "status 503" in failing.why


async def test_a_kind_that_nobody_serves_is_said_to_have_nobody(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE, PROBLEM)
    await _fails(pool, ASK, outcome=Outcome.NO_AGENCY)

    (failing,) = await failing_asks(pool, area="eastshire")
    assert "the directory has nobody for the VLO" in failing.why
    assert "rj agency add" in failing.why
    assert await failing_asks(pool, area="westhaven") == ()


async def test_an_ask_that_arrived_in_the_end_is_not_listed(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE)
    await _fails(pool, ASK, times=2)
    await PostgresAsks(pool).remember(ASK, Attempt(Outcome("delivered")))

    assert await failing_asks(pool) == ()


async def test_an_ask_that_is_over_is_not_listed_but_the_word_of_that_is(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE)
    await _fails(pool, ASK)
    await _fails(pool, REMINDER)
    assert {each.kind for each in await failing_asks(pool)} == {"ask", "reminder"}

    await _fails(pool, CALL_BACK)
    assert {each.kind for each in await failing_asks(pool)} == {"ask_called_back"}


async def test_what_fails_is_listed_with_what_happened_when_it_is_tried_next_and_what_to_look_at(
    pool: asyncpg.Pool,
) -> None:
    await _write(pool, REF, TRACE)
    at = datetime(2026, 3, 4, 17, 5, tzinfo=UTC)
    await PostgresAsks(pool).remember(ASK, Attempt(Outcome.FAILED, "timeout", next_try_at=at))

    (failing,) = await failing_asks(pool)
    for part in ("no answer came in time (timeout)", "tried again on 4 March 2026, 17:05 UTC", "the agency's server"):
        assert part in failing.why


async def test_a_refused_ask_is_a_technical_problem_until_that_is_settled(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE, PROBLEM)
    await PostgresAsks(pool).remember(ASK, Attempt(Outcome.REFUSED, "status 404"))

    (failing,) = await failing_asks(pool)
    assert failing.next_try_at is None
    for part in ("Technical problem", "nothing takes asks at its address (status 404)", "ask_retried"):
        assert part in failing.why

    await PostgresCaseFile(pool).write(page(2, waits=(TRACE,)))
    assert await failing_asks(pool) == ()


async def test_beside_a_technical_problem_nothing_of_that_wait_is_said_to_be_tried(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE, PROBLEM)
    await PostgresAsks(pool).remember(ASK, Attempt(Outcome.REFUSED, "status 404"))
    await _fails(pool, REMINDER)

    assert [each.kind for each in await failing_asks(pool)] == ["ask"]


async def test_an_ask_that_was_sent_anew_stands_in_place_of_the_one_before(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE, PROBLEM)
    for ask in (ASK, ANEW):
        await PostgresAsks(pool).remember(ask, Attempt(Outcome.REFUSED, "status 404"))
    assert [each.key for each in await failing_asks(pool)] == [ANEW.key]

    await PostgresAsks(pool).remember(ANEW, Attempt(Outcome.DELIVERED))
    assert await failing_asks(pool) == ()


async def test_a_call_back_that_was_refused_is_not_listed_since_nobody_can_mend_it(pool: asyncpg.Pool) -> None:
    await _fails(pool, CALL_BACK)
    assert [each.kind for each in await failing_asks(pool)] == ["ask_called_back"]

    await PostgresAsks(pool).remember(CALL_BACK, Attempt(Outcome.REFUSED, "status 410"))
    assert await failing_asks(pool) == ()


async def test_an_ask_whose_wait_is_over_is_not_listed(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE)
    await _fails(pool, ASK)
    await PostgresCaseFile(pool).write(page(2, waits=(SCREENING,)))

    assert await failing_asks(pool) == ()


async def test_a_parked_message_is_listed_until_it_is_settled(pool: asyncpg.Pool) -> None:
    inbox = PostgresInbox(pool)
    accepted = await inbox.accept_event("agency:eastmoor-vlo", "msg-1", REF, {"event": "x"}, "", bytes(32))
    await inbox.parked(accepted.id, "payload_too_large")

    (parked,) = await parked_messages(pool)
    assert (parked.id, parked.ref, parked.message_id) == (accepted.id, REF, "msg-1")
    assert "payload_too_large" in parked.why

    await inbox.settle(accepted.id, "refused", "unreadable")
    assert await parked_messages(pool) == ()


async def test_the_attempts_of_a_case_are_read_in_order(pool: asyncpg.Pool) -> None:
    await _fails(pool, ASK, times=2)
    await PostgresAsks(pool).remember(REMINDER, Attempt(Outcome("delivered")))

    first, second = await asks_of(pool, REF)
    assert (first.key, first.question, [each.number for each in first.tried]) == (ASK.key, "trace", [1, 2])
    assert (second.kind, second.reminder, [each.outcome for each in second.tried]) == ("reminder", 1, ["delivered"])
    assert await asks_of(pool, OTHER_REF) == ()


async def test_a_case_written_again_in_time_leaves_the_list(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, _overdue("trace:vlo", "vlo", date(2026, 3, 20)))
    await PostgresCaseFile(pool).write(Page(REF, (entry(2),), case=case(2, waits=(SCREENING,))))

    assert await overdue_cases(pool, MAUNDY_THURSDAY) == ()
