"""The supervisors' list: what is stuck, the most harmful and the longest first, why, and who can do what about it."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from adapters.postgres.asks import PostgresAsks
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.inbox import PostgresInbox
from domain.effects import Ask, CancelAsk
from domain.vocabulary import AgencyRef, CaseRef, WaitKind
from ports.agencies import Attempt, AttemptOutcome
from ports.case_file import WaitSnapshot, WriteBatch
from ports.inbox import InboxMessage
from queries.case_history import CaseHistory
from queries.stuck import StuckCase, StuckQueries
from queries.stuck_kinds import StuckKind
from queries.stuck_ranking import StuckFilter
from queries.stuck_reasons import StuckReason
from tests.adapters.batches import OTHER_REF, REF, SCREENING, START, case, create_batch, create_refusal, entry

pytestmark = pytest.mark.postgres

MAUNDY_THURSDAY = date(2026, 4, 2)
TRACE = WaitSnapshot("trace:vlo", "vlo", START, date(2026, 3, 16))
ASK = Ask(f"{REF}.3.trace:vlo", REF, "eastshire", AgencyRef("vlo"), WaitKind.TRACE, TRACE.due_on)
REMINDER = Ask(f"{ASK.key}.reminder-1", REF, "eastshire", ASK.agency, WaitKind.TRACE, ASK.due_on, reminder=1)
ASKED_AGAIN = replace(ASK, key=f"{REF}.7.trace:vlo")
CONCERN = WaitSnapshot("concern:7", "supervisor", START, date(2026, 3, 3))
EXPIRING = WaitSnapshot("risk", "caseworker", START, date(2026, 3, 30), chases=1)
PROBLEM = WaitSnapshot(f"technical_problem:{TRACE.key}", "supervisor", START, TRACE.due_on)
CANCELLATION = CancelAsk(f"{ASK.key}.cancel", REF, "eastshire", ASK.agency, ASK.key)
TELL = WaitSnapshot("tell:8", "caseworker", START, date(2026, 3, 4))
OF_A_CANCELLED_DAY = {"news": {"kind": "day_cancelled", "day": "2026-03-12"}}
TRANSFER = WaitSnapshot("transfer:westhaven", "supervisor", START, date(2026, 3, 9))
ON_HOLD_FOR_LONG = WaitSnapshot("hold", "caseworker", datetime(2025, 9, 1, tzinfo=UTC), date(2026, 9, 1))
REFS = [CaseRef(f"RJ-222{sign}-2222") for sign in "ABCDEFGHJKMNPQ"]


@pytest.fixture(autouse=True)
async def _staff(pool: asyncpg.Pool) -> None:
    """Who works here: without a name of theirs every case would be nobody's."""
    await pool.execute("insert into staff (id, roles, areas) values ('cw-1', '{caseworker}', null)")


def _overdue(key: str, waiting_on: str, due_on: date, chases: int = 0) -> WaitSnapshot:
    return WaitSnapshot(key, waiting_on, START, due_on, chases=chases, overdue_since=due_on)


async def _write(pool: asyncpg.Pool, ref: CaseRef, *waits: WaitSnapshot, **changes: Any) -> None:
    await PostgresCaseFile(pool).write(create_batch(1, ref=ref, **{"waits": waits, "assigned_to": "cw-1", **changes}))


async def _fails(
    pool: asyncpg.Pool, effect: Ask | CancelAsk, times: int = 1, outcome: AttemptOutcome = AttemptOutcome.FAILED
) -> None:
    for _ in range(times):
        await PostgresAsks(pool).record_attempt(effect, Attempt(outcome, "status 503"))


async def _dead_letter(pool: asyncpg.Pool, ref: CaseRef) -> int:
    inbox = PostgresInbox(pool)
    accepted = await inbox.accept(InboxMessage("agency:eastmoor-vlo", f"msg-{ref}", ref, {"event": "x"}, bytes(32)))
    await inbox.dead_letter(accepted.id, "payload_too_large")
    return accepted.id


async def _refuse(pool: asyncpg.Pool, ref: CaseRef, waiting_on: str) -> None:
    digest = hashlib.sha256(waiting_on.encode()).digest()
    message = InboxMessage("agency:eastmoor-prison", f"{waiting_on}-{ref}", ref, {"event": "withdrawn"}, digest)
    inbox = (await PostgresInbox(pool).accept(message)).id
    record = replace(create_refusal(f"agency/{inbox}", inbox=inbox), event="withdrawn")
    record = replace(record, waiting_on=waiting_on, due_on=date(2026, 3, 3))
    await PostgresCaseFile(pool).write(WriteBatch(ref, (), (record,)))


async def _find(pool: asyncpg.Pool, ref: CaseRef, kind: StuckKind, detail: str, area: str = "eastshire") -> None:
    await pool.execute(
        "insert into findings (ref, kind, area, detail) values ($1, $2, $3, $4)", ref, kind, area, detail
    )


async def _stuck(pool: asyncpg.Pool, today: date = MAUNDY_THURSDAY, **wanted: Any) -> tuple[StuckCase, ...]:
    limit, after = wanted.pop("limit", 100), wanted.pop("after", None)
    return (await StuckQueries(pool).list_stuck_cases(today, StuckFilter(**wanted), limit, after)).cases


def _refs(cases: Sequence[StuckCase]) -> list[CaseRef]:
    return [item.ref for item in cases]


async def _only_reason(pool: asyncpg.Pool, **wanted: Any) -> StuckReason:
    (found,) = await _stuck(pool, **wanted)
    (reason,) = found.reasons
    return reason


@pytest.fixture
async def one_of_each(pool: asyncpg.Pool) -> None:
    """A case for each kind, in the order of harm."""
    concern, cancelled, objection, untold, overdue, unreachable, undelivered, message = REFS[:8]
    trouble, contradiction, nobody, transfer, expiring, long_standing = REFS[8:]
    await _write(pool, concern, CONCERN)
    await _write(pool, cancelled, TELL, state=OF_A_CANCELLED_DAY)
    await _write(pool, untold, TELL)
    await _write(pool, transfer, TRANSFER)
    await _write(pool, long_standing, ON_HOLD_FOR_LONG)
    await _write(pool, objection, SCREENING)
    await _refuse(pool, objection, "supervisor")
    await _write(pool, message, SCREENING)
    await _refuse(pool, message, "caseworker")
    await _write(pool, expiring, EXPIRING)
    await _write(pool, overdue, _overdue("trace:vlo", "vlo", date(2026, 3, 20)))
    await _write(pool, unreachable, TRACE, area="westhaven")
    await _fails(pool, replace(ASK, key=f"{unreachable}.3.trace:vlo", ref=unreachable, area="westhaven"))
    await _write(pool, undelivered, SCREENING)
    await _dead_letter(pool, undelivered)
    await _write(pool, trouble, SCREENING, area="westhaven")
    await _find(pool, trouble, StuckKind.WORKFLOW_FAILING, "task_failing", "westhaven")
    await _write(pool, contradiction, SCREENING)
    await _find(pool, contradiction, StuckKind.STATE_MISMATCH, "behind 3 5")
    await _write(pool, nobody, SCREENING, assigned_to="")


@pytest.mark.usefixtures("one_of_each")
async def test_cases_come_by_harm_each_with_why_who_can_act_and_what_they_can_do(pool: asyncpg.Pool) -> None:
    cases = await _stuck(pool)

    assert [(item.ref, item.kind) for item in cases] == list(zip(REFS, StuckKind, strict=True))
    for item in cases:
        assert [reason.kind for reason in item.reasons] == [item.kind]
        assert all((reason.why, reason.who, reason.can_do) for reason in item.reasons)


@pytest.mark.usefixtures("one_of_each")
async def test_a_list_of_some_areas_holds_no_others(pool: asyncpg.Pool) -> None:
    assert _refs(await _stuck(pool, areas=["westhaven"])) == [REFS[5], REFS[8]]
    assert _refs(await _stuck(pool, areas=["eastshire", "westhaven"])) == REFS
    assert await _stuck(pool, areas=[]) == ()


@pytest.mark.usefixtures("one_of_each")
@pytest.mark.parametrize("areas", [None, ["eastshire", "westhaven"]])
async def test_a_list_continues_after_any_case(pool: asyncpg.Pool, areas: list[str] | None) -> None:
    listed, after = [], None
    while cases := await _stuck(pool, areas=areas, limit=2, after=after):
        listed += _refs(cases)
        after = cases[-1].cursor
    assert listed == REFS


@pytest.mark.usefixtures("one_of_each")
async def test_a_case_is_listed_once_with_every_reason(pool: asyncpg.Pool) -> None:
    late = _overdue("trace:vlo", "vlo", date(2026, 3, 16))
    first = replace(CONCERN, since=START - timedelta(days=1))
    waits = (first, TELL, late, TRANSFER, EXPIRING, ON_HOLD_FOR_LONG)
    await _write(pool, REF, *waits, assigned_to="", state=OF_A_CANCELLED_DAY)
    for owner in ("supervisor", "caseworker"):
        await _refuse(pool, REF, owner)
    await _fails(pool, ASK)
    await _dead_letter(pool, REF)
    for kind in (StuckKind.WORKFLOW_FAILING, StuckKind.STATE_MISMATCH):
        await _find(pool, REF, kind, "sequence_conflict")

    cases = await _stuck(pool)
    assert _refs(cases) == [REF, *REFS]
    assert [reason.kind for reason in cases[0].reasons] == [
        kind for kind in StuckKind if kind is not StuckKind.UNTOLD_NEWS
    ]


@pytest.mark.usefixtures("one_of_each")
@pytest.mark.parametrize("kind", StuckKind)
async def test_of_one_kind_all_that_are_stuck_for_it_are_listed_whatever_else_they_are(
    pool: asyncpg.Pool, kind: StuckKind
) -> None:
    waits = (CONCERN, TELL, _overdue("trace:vlo", "vlo", date(2026, 3, 16)), TRANSFER, EXPIRING, ON_HOLD_FOR_LONG)
    state = {} if kind is StuckKind.UNTOLD_NEWS else OF_A_CANCELLED_DAY
    await _write(pool, REF, *waits, assigned_to="", state=state)
    for owner in ("supervisor", "caseworker"):
        await _refuse(pool, REF, owner)
    await _fails(pool, ASK)
    await PostgresCaseFile(pool).write(create_batch(2, ref=REF, waits=waits, assigned_to="", state=state))
    await _dead_letter(pool, REF)
    for found in (StuckKind.WORKFLOW_FAILING, StuckKind.STATE_MISMATCH):
        await _find(pool, REF, found, "sequence_conflict")

    cases = await _stuck(pool, kinds=[kind])
    assert set(_refs(cases)) == {REF, REFS[list(StuckKind).index(kind)]}
    assert {item.kind for item in cases} == {kind}


@pytest.mark.usefixtures("one_of_each")
async def test_a_list_of_somebodys_cases_holds_no_others(pool: asyncpg.Pool) -> None:
    nobodys = list(StuckKind).index(StuckKind.UNASSIGNED)
    assert _refs(await _stuck(pool, assigned_to="cw-1")) == [*REFS[:nobodys], *REFS[nobodys + 1 :]]
    assert _refs(await _stuck(pool, assigned_to="")) == [REFS[nobodys]]


async def test_news_of_a_cancelled_day_leaves_its_kind_when_the_victim_knows_of_the_day(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TELL, state=OF_A_CANCELLED_DAY)
    assert (await _only_reason(pool)).kind is StuckKind.UNTOLD_CANCELLATION

    news = {"news": {"kind": "ended", "day": None}}
    await PostgresCaseFile(pool).write(create_batch(2, waits=(TELL,), state=news, assigned_to="cw-1"))
    assert (await _only_reason(pool)).kind is StuckKind.UNTOLD_NEWS


async def test_a_transfer_waits_for_a_supervisor_of_the_other_area(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRANSFER)

    reason = await _only_reason(pool)
    assert reason.who == "a supervisor of westhaven"
    assert "transfer_withdrawn" in reason.can_do


@pytest.mark.parametrize(("weeks", "listed"), [(30, True), (31, False)])
async def test_a_wait_is_long_standing_after_so_many_weeks_also_if_its_day_is_far(
    pool: asyncpg.Pool, weeks: int, listed: bool
) -> None:
    await _write(pool, REF, ON_HOLD_FOR_LONG)

    stuck = StuckQueries(pool, long_standing_weeks=weeks)
    cases = (await stuck.list_stuck_cases(date(2026, 4, 1), StuckFilter(), 10)).cases
    assert _refs(cases) == [REF] * listed
    for case_listed in cases:
        (reason,) = case_listed.reasons
        assert (reason.kind, reason.facts["weeks"]) == (StuckKind.LONG_STANDING, 30)
        assert "since 1 September 2025: for 30 weeks. Due on 1 September 2026." in reason.why


async def test_an_overdue_case_that_waits_for_long_is_listed_once(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, replace(_overdue("hold", "caseworker", date(2026, 3, 20)), since=ON_HOLD_FOR_LONG.since))

    for kinds in (tuple(StuckKind), (StuckKind.OVERDUE,), (StuckKind.LONG_STANDING,)):
        (listed,) = await _stuck(pool, kinds=kinds)
        assert [reason.kind for reason in listed.reasons] == [StuckKind.OVERDUE, StuckKind.LONG_STANDING]


async def test_a_list_continues_after_cases_of_an_earlier_kind(pool: asyncpg.Pool) -> None:
    *overdue, unreachable = REFS[:4]
    for ref in overdue:
        await _write(pool, ref, _overdue(TRACE.key, "vlo", date(2026, 3, 20)))
    await _write(pool, unreachable, TRACE)
    for ref in (*overdue, unreachable):
        await _fails(pool, replace(ASK, key=f"{ref}.3.trace:vlo", ref=ref))

    cases = await _stuck(pool, limit=3)
    assert _refs(cases) == overdue
    assert _refs(await _stuck(pool, limit=1, after=cases[-1].cursor)) == [unreachable]


async def test_overdue_cases_come_longest_first_each_with_every_wait_that_ran_out(pool: asyncpg.Pool) -> None:
    probation = _overdue("agency_check:probation", "probation", date(2026, 3, 20))
    prison = _overdue("agency_check:prison:eastmoor", "prison:eastmoor", date(2026, 3, 27))
    vlo = _overdue("trace:vlo", "vlo", date(2026, 3, 23), chases=1)
    await _write(pool, REF, vlo, SCREENING)
    await _write(pool, OTHER_REF, prison, probation)

    cases = await _stuck(pool)
    assert [(item.ref, [reason.facts["wait"] for reason in item.reasons]) for item in cases] == [
        (OTHER_REF, [probation.key, prison.key]),
        (REF, [vlo.key]),
    ]


async def test_working_days_over_skip_weekends_and_bank_holidays(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, _overdue("trace:vlo", "vlo", MAUNDY_THURSDAY))

    before = await _only_reason(pool, today=date(2026, 4, 6))
    after = await _only_reason(pool, today=date(2026, 4, 8))
    assert (before.facts["working_days_over"], after.facts["working_days_over"]) == (0, 2)


async def test_why_says_what_is_overdue_and_when_the_victim_was_updated(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, _overdue("trace:vlo", "vlo", date(2026, 3, 31), chases=1))

    (found,) = await _stuck(pool)
    for part in ("2 March 2026", "31 March 2026", "by 2 working days", "Reminded once", "last updated on 2 March"):
        assert part in found.why
    assert found.since == datetime(2026, 3, 31, tzinfo=UTC)
    assert found.reasons[0].who == "the VLO, staff on its behalf, or a supervisor"
    assert "wait_extended" in found.reasons[0].can_do


async def test_a_case_that_is_not_overdue_is_not_listed(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, SCREENING)

    assert await _stuck(pool, today=date(2026, 8, 1)) == ()


async def test_a_case_written_again_in_time_leaves_the_list(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, _overdue("trace:vlo", "vlo", date(2026, 3, 20)))
    await PostgresCaseFile(pool).write(
        WriteBatch(REF, (entry(2),), case=case(2, waits=(SCREENING,), assigned_to="cw-1"))
    )

    assert await _stuck(pool) == ()


async def test_a_review_that_is_late_is_listed_after_the_end_of_its_case(pool: asyncpg.Pool) -> None:
    ended = {"stage": "declined", "step": "closed", "ended_on": date(2026, 3, 10)}
    await _write(pool, REF, _overdue("review", "supervisor", date(2026, 3, 20)), assigned_to="", **ended)

    assert (await _only_reason(pool)).who == "a supervisor"


async def test_an_undelivered_ask_is_listed_with_its_attempts_and_error(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE)
    await _fails(pool, ASK, times=3)

    reason = await _only_reason(pool)
    assert (reason.kind, reason.facts["attempts"], reason.facts["error"]) == (
        StuckKind.AGENCY_UNREACHABLE,
        3,
        "status 503",
    )
    for part in ("3 attempts since", "status 503"):
        assert part in reason.why


async def test_an_agency_that_is_not_in_the_directory_is_a_reason(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE, PROBLEM)
    await _fails(pool, ASK, outcome=AttemptOutcome.NO_AGENCY)

    reason = await _only_reason(pool, areas=["eastshire"])
    assert "the directory has no entry for the VLO" in reason.why
    assert "rj agency add" in reason.can_do


async def test_an_ask_that_arrived_in_the_end_is_not_listed(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE)
    await _fails(pool, ASK, times=2)
    await PostgresAsks(pool).record_attempt(ASK, Attempt(AttemptOutcome("delivered")))

    assert await _stuck(pool) == ()


async def test_a_cancelled_ask_is_not_listed_but_its_cancellation_is(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE)
    await _fails(pool, ASK)
    await _fails(pool, REMINDER)
    (found,) = await _stuck(pool)
    assert [reason.facts["what"] for reason in found.reasons] == ["ask", "reminder"]

    await _fails(pool, CANCELLATION)
    assert (await _only_reason(pool)).facts["what"] == "ask_cancelled"


async def test_a_failing_ask_has_its_error_the_next_attempt_and_what_to_check(
    pool: asyncpg.Pool,
) -> None:
    await _write(pool, REF, TRACE)
    at = datetime(2026, 3, 4, 17, 5, tzinfo=UTC)
    await PostgresAsks(pool).record_attempt(ASK, Attempt(AttemptOutcome.FAILED, "timeout", next_try_at=at))

    reason = await _only_reason(pool)
    for part in ("no answer came in time (timeout)", "tried again on 4 March 2026, 17:05 London time"):
        assert part in reason.why
    assert "the agency's server" in reason.can_do


async def test_a_refused_ask_is_a_technical_problem_until_that_is_solved(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE, PROBLEM)
    await PostgresAsks(pool).record_attempt(ASK, Attempt(AttemptOutcome.REFUSED, "status 404"))

    reason = await _only_reason(pool)
    assert reason.facts["next_try_at"] is None
    for part in ("Technical problem", "nothing accepts requests at its address (status 404)"):
        assert part in reason.why
    assert "ask_retried" in reason.can_do

    await PostgresCaseFile(pool).write(create_batch(2, waits=(TRACE,), assigned_to="cw-1"))
    assert await _stuck(pool) == ()


async def test_during_a_technical_problem_no_failing_ask_of_its_wait_is_listed(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE, PROBLEM)
    await PostgresAsks(pool).record_attempt(ASK, Attempt(AttemptOutcome.REFUSED, "status 404"))
    await _fails(pool, REMINDER)

    assert (await _only_reason(pool)).facts["what"] == "ask"


async def test_an_ask_that_was_sent_again_replaces_the_one_before(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE, PROBLEM)
    for ask in (ASK, ASKED_AGAIN):
        await PostgresAsks(pool).record_attempt(ask, Attempt(AttemptOutcome.REFUSED, "status 404"))
    await _only_reason(pool)

    await PostgresAsks(pool).record_attempt(ASKED_AGAIN, Attempt(AttemptOutcome.DELIVERED))
    assert await _stuck(pool) == ()


async def test_a_refused_cancellation_is_not_listed_since_nobody_can_fix_it(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, SCREENING)
    await _fails(pool, CANCELLATION)
    assert (await _only_reason(pool)).facts["what"] == "ask_cancelled"

    await PostgresAsks(pool).record_attempt(CANCELLATION, Attempt(AttemptOutcome.REFUSED, "status 410"))
    assert await _stuck(pool) == ()


async def test_an_ask_whose_wait_is_over_is_not_listed_also_if_it_fails_once_more(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, TRACE)
    await _fails(pool, ASK)
    await PostgresCaseFile(pool).write(create_batch(2, waits=(SCREENING,), assigned_to="cw-1"))
    assert await _stuck(pool) == ()

    await _fails(pool, ASK)
    await _fails(pool, REMINDER)
    assert await _stuck(pool) == ()


async def test_a_message_that_is_dead_lettered_before_its_case_is_written_has_the_requests_area(
    pool: asyncpg.Pool,
) -> None:
    body = {"event": "request_received", "data": {"area": "eastshire"}}
    await PostgresInbox(pool).accept_request(InboxMessage("import:a", "1", REF, body, bytes(32)), {}, None)
    dead_letter_id = await _dead_letter(pool, REF)
    await PostgresCaseFile(pool).write(create_batch(1))

    for areas in (["eastshire"], None):
        (found,) = await _stuck(pool, areas=areas, kinds=(StuckKind.UNDELIVERED,))
        assert found.reasons[0].facts["inbox"] == dead_letter_id
    assert await _stuck(pool, areas=["westhaven"], kinds=(StuckKind.UNDELIVERED,)) == ()


async def test_a_dead_lettered_message_is_listed_until_it_is_resolved(pool: asyncpg.Pool) -> None:
    await _write(pool, REF, SCREENING)
    dead_letter_id = await _dead_letter(pool, REF)

    reason = await _only_reason(pool)
    assert (reason.kind, reason.facts["inbox"]) == (StuckKind.UNDELIVERED, dead_letter_id)
    assert "payload_too_large" in reason.why
    assert f"rj inbox retry {dead_letter_id}" in reason.can_do

    await PostgresInbox(pool).resolve(dead_letter_id, "refused", "unreadable")
    assert await _stuck(pool) == ()


async def test_what_belongs_to_no_case_is_listed_as_unmatched(pool: asyncpg.Pool) -> None:
    await _dead_letter(pool, REF)
    await _find(pool, OTHER_REF, StuckKind.STATE_MISMATCH, "no_case")

    assert await _stuck(pool) == ()
    unmatched = await StuckQueries(pool).list_unmatched(10)
    message, finding = unmatched.items
    assert (message.ref, message.reason.kind) == (REF, StuckKind.UNDELIVERED)
    assert (finding.ref, finding.reason.kind) == (OTHER_REF, StuckKind.STATE_MISMATCH)

    await _write(pool, REF, SCREENING)
    assert [item.ref for item in (await StuckQueries(pool).list_unmatched(10)).items] == [OTHER_REF]


async def test_unmatched_items_say_whether_there_are_more(pool: asyncpg.Pool) -> None:
    for ref in REFS[:2]:
        await _find(pool, ref, StuckKind.STATE_MISMATCH, "no_case")
    for limit, goes_on in ((1, True), (2, False)):
        unmatched = await StuckQueries(pool).list_unmatched(limit)
        assert (len(unmatched.items), unmatched.has_more) == (limit, goes_on)


@pytest.mark.parametrize(
    ("staff", "part"),
    [
        (None, "not in the staff register"),
        (("{caseworker}", None, False), "no longer works here"),
        (("{auditor}", None, True), "does not work on cases"),
        (("{caseworker}", ["westhaven"], True), "no access to cases in eastshire"),
    ],
)
async def test_a_case_of_somebody_who_cannot_work_on_it_is_unassigned(
    pool: asyncpg.Pool, staff: tuple[str, list[str] | None, bool] | None, part: str
) -> None:
    await _write(pool, REF, SCREENING, assigned_to="cw-2")
    await pool.execute("insert into caseloads values ('cw-1', 'eastshire', 1, 0, 0), ('cw-2', 'eastshire', 1, 0, 0)")
    if staff is not None:
        roles, areas, active = staff
        await pool.execute(
            "insert into staff (id, roles, areas, active) values ('cw-2', $1, $2, $3)",
            roles.strip("{}").split(","),
            areas,
            active,
        )

    reason = await _only_reason(pool)
    assert (reason.kind, reason.since) == (StuckKind.UNASSIGNED, START + timedelta(days=1))
    assert part in reason.why

    await pool.execute(
        "insert into staff values ('cw-2', '{caseworker}', '{eastshire}') "
        "on conflict (id) do update set roles = excluded.roles, areas = excluded.areas, active = true"
    )
    assert await _stuck(pool) == ()


async def test_the_attempts_of_a_case_are_read_in_order(pool: asyncpg.Pool) -> None:
    await _fails(pool, ASK, times=2)
    await PostgresAsks(pool).record_attempt(REMINDER, Attempt(AttemptOutcome("delivered")))

    first, second = await CaseHistory(pool).list_asks(REF)
    assert (first.key, first.question, [item.number for item in first.attempts]) == (ASK.key, "trace", [1, 2])
    assert (second.kind, second.reminder, [item.outcome for item in second.attempts]) == ("reminder", 1, ["delivered"])
    assert await CaseHistory(pool).list_asks(OTHER_REF) == ()
