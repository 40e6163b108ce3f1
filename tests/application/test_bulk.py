"""What is done to many cases and broke off goes on where it did: real PostgreSQL, and cases that stop answering."""

from dataclasses import dataclass, field
from datetime import date

import asyncpg
import pytest

from adapters.postgres.bulk_selections import PostgresBulkSelections
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.pool import open_pool
from application.bulk import MAX_ID_LENGTH, apply_to_cases, extend
from domain.events import Record, WaitExtended
from domain.people import Person, StaffRole
from domain.refusals import RecordRefused
from domain.vocabulary import CaseRef, Refusal, Stage, Step
from ports.case_file import RecordResult, WaitSnapshot
from ports.cases import TemporalUnavailable
from tests.adapters.batches import REF, START, create_batch
from tests.application.fakes import make_context

pytestmark = pytest.mark.postgres

LEAD = Person("s.lindqvist", frozenset({StaffRole.SUPERVISOR}), None)
DUE = date(2026, 3, 9)
WAITS = (
    WaitSnapshot("agency_check:prison", "prison", START, DUE, overdue_since=DUE),
    WaitSnapshot("agency_check:probation", "probation", START, DUE, overdue_since=DUE),
    WaitSnapshot("agency_check:vlo", "vlo", START, DUE),
)
LATE = [wait.key for wait in WAITS if wait.overdue_since]


@dataclass
class FewAnswers:
    """A case that takes so many records, and is away then; waits that are `over` it does not know.

    What is extended is not overdue any more.
    """

    pool: asyncpg.Pool
    left: int
    taken: dict[str, str] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)

    async def record_event(self, ref: CaseRef, record: Record) -> RecordResult:
        if self.left == 0:
            raise TemporalUnavailable
        assert isinstance(record.event, WaitExtended)
        if record.event.wait in self.over:
            raise RecordRefused(Refusal.UNKNOWN_WAIT, str(record.event.wait))
        self.left -= 1
        self.taken[record.id] = str(record.event.wait)
        await self.pool.execute(
            "update waits set overdue_since = null where ref = $1 and key = $2", ref, record.event.wait
        )
        return RecordResult(record.id, record.event.name, START, 1, Stage.REQUESTED, Step.SCREENING)


@pytest.mark.parametrize("id", ["extend-1", "x" * MAX_ID_LENGTH])
async def test_the_same_request_again_extends_the_remaining_waits_and_no_others(dsn: str, id: str) -> None:
    async with await open_pool(dsn) as pool:
        await PostgresCaseFile(pool).write(create_batch(1, waits=WAITS))
        case = FewAnswers(pool, 1)
        context = make_context(pool, case)
        events = extend(PostgresBulkSelections(pool).select_waits, date(2026, 4, 1), None)
        for left, failed in ((1, True), (2, False), (9, False)):
            case.left = left
            [done] = await apply_to_cases(context, LEAD, [REF], events, id)
            assert (done.failed is not None) is failed
        assert (list(case.taken.values()), {len(id) <= MAX_ID_LENGTH for id in case.taken}) == (LATE, {True})


@pytest.mark.parametrize("over", [LATE[:1], LATE[1:]])
async def test_a_wait_that_ended_meanwhile_is_skipped(dsn: str, over: list[str]) -> None:
    async with await open_pool(dsn) as pool:
        await PostgresCaseFile(pool).write(create_batch(1, waits=WAITS))
        case = FewAnswers(pool, 0)
        context = make_context(pool, case)
        events = extend(PostgresBulkSelections(pool).select_waits, date(2026, 4, 1), None)
        [away] = await apply_to_cases(context, LEAD, [REF], events, "extend-1")
        assert isinstance(away.failed, TemporalUnavailable)
        case.left, case.over = 9, set(over)
        [done] = await apply_to_cases(context, LEAD, [REF], events, "extend-1")
        assert (done.failed, [*case.taken.values()]) == (None, [key for key in LATE if key not in over])


async def test_nothing_is_recorded_where_every_selected_wait_is_over(dsn: str) -> None:
    async with await open_pool(dsn) as pool:
        await PostgresCaseFile(pool).write(create_batch(1, waits=WAITS))
        case = FewAnswers(pool, 9, over=set(LATE))
        context = make_context(pool, case)
        [done] = await apply_to_cases(
            context, LEAD, [REF], extend(PostgresBulkSelections(pool).select_waits, date(2026, 4, 1), None), "extend-1"
        )
        assert (isinstance(done.failed, RecordRefused), done.version, case.taken) == (True, None, {})
