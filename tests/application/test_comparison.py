"""What lasts is a difference between case file and workflow; what is only late is none."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from application.comparison import StabilityCheck, compare, find_confirmed_difference
from domain.findings import FindingCode
from domain.vocabulary import CaseRef
from ports.case_file import CaseSnapshot
from ports.workflow_queries import QueryFailed, QueryTimeout, WorkflowState
from tests.adapters.batches import REF, SCREENING, case

HASTY = StabilityCheck(settles=3, catches_up=20, pause=0)


async def find_difference(
    in_file: Callable[[], CaseSnapshot | None], *answers: WorkflowState | Exception | None
) -> FindingCode | None:
    """What is found where the workflow gives these answers, the last one again and again."""
    *some, last = answers
    remaining = itertools.chain(some, itertools.repeat(last))

    async def get_case(ref: CaseRef) -> CaseSnapshot | None:
        return in_file()

    async def get_state(ref: CaseRef) -> WorkflowState | None:
        answer = next(remaining)
        if isinstance(answer, Exception):
            raise answer
        return answer

    difference = await find_confirmed_difference(REF, get_case, get_state, HASTY)
    return difference.code if difference else None


async def test_nothing_is_found_where_both_say_the_same() -> None:
    assert await find_difference(lambda: case(3), WorkflowState(case(3))) is None


async def test_what_settles_is_no_difference() -> None:
    assert await find_difference(lambda: case(3), WorkflowState(case(2)), WorkflowState(case(3))) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"stage": "offender_traced"},
        {"step": "tracing"},
        {"reason": "illness"},
        {"on_hold": True},
        {"assigned_to": "c.okafor"},
        {"ended_on": date(2026, 3, 9)},
        {"waits": ()},
        {"waits": (replace(SCREENING, chases=1),)},
        {"rules": 2},
        {"policy": "youth"},
        {"area": "westmoor"},
        {"state": {"version": 3, "consents": [{"whose": "victim"}]}},
        {"state": {"version": 3, "progress": {"checks": [], "arrangement": None}}},
    ],
    ids="".join,
)
async def test_a_lasting_difference_is_found(changes: dict[str, Any]) -> None:
    assert await find_difference(lambda: case(3, **changes), WorkflowState(case(3))) is FindingCode.DIFFERS


async def test_the_order_of_the_waits_makes_no_difference() -> None:
    waits = (SCREENING, replace(SCREENING, key="review"))
    assert await find_difference(lambda: case(3, waits=waits), WorkflowState(case(3, waits=waits[::-1]))) is None


async def test_a_case_file_that_is_behind_is_waited_for() -> None:
    versions = iter([2] * 19)
    assert await find_difference(lambda: case(next(versions, 3)), WorkflowState(case(3), unwritten=1)) is None


async def test_a_case_file_that_stays_behind_is_found() -> None:
    assert await find_difference(lambda: case(2), WorkflowState(case(3), unwritten=1)) is FindingCode.BEHIND
    assert await find_difference(lambda: None, WorkflowState(case(1), unwritten=1)) is FindingCode.BEHIND


async def test_the_count_restarts_with_each_batch_that_is_written() -> None:
    versions = iter(sorted(list(range(1, 6)) * 19))
    assert await find_difference(lambda: case(next(versions, 6)), WorkflowState(case(6), unwritten=1)) is None


async def test_a_workflow_that_has_nothing_more_to_write_is_not_waited_for() -> None:
    assert await find_difference(lambda: case(2), WorkflowState(case(3))) is FindingCode.DIFFERS


async def test_a_sequence_conflict_is_found_although_there_is_more_to_write() -> None:
    sequence_conflict = WorkflowState(case(3), unwritten=1, sequence_conflict="entry 3 is another's")
    assert await find_difference(lambda: case(3), sequence_conflict) is FindingCode.SEQUENCE_CONFLICT


async def test_a_due_event_that_was_refused_is_found_where_both_say_the_same() -> None:
    refused = WorkflowState(case(3), refused_due=("chased",))
    assert await find_difference(lambda: case(3), refused) is FindingCode.DUE_EVENT_REFUSED


async def test_only_an_open_case_must_have_a_workflow() -> None:
    assert await find_difference(lambda: case(3), None) is FindingCode.NO_WORKFLOW
    ended = case(3, step="closed", ended_on=date(2026, 3, 9))
    assert await find_difference(lambda: ended, None) is None


async def test_a_workflow_without_a_case_is_found_unless_its_request_was_refused() -> None:
    assert await find_difference(lambda: None, WorkflowState(case(1))) is FindingCode.NO_CASE
    assert await find_difference(lambda: None, WorkflowState(None, unwritten=1)) is None


async def test_a_workflow_whose_code_fails_is_found() -> None:
    assert await find_difference(lambda: case(3), QueryFailed()) is FindingCode.TASK_FAILING


async def test_a_workflow_that_does_not_answer_says_nothing_about_the_case() -> None:
    with pytest.raises(QueryTimeout):
        await find_difference(lambda: case(3), QueryTimeout(REF))


def test_a_difference_is_one_line_of_codes() -> None:
    difference = compare(REF, case(3, step="tracing"), WorkflowState(case(3)))
    assert str(difference) == f"{REF}: step is tracing in the case file and screening in the workflow"
    behind = compare(REF, case(2), WorkflowState(case(3), unwritten=1))
    expected = "the case file does not get what the workflow has to write: it is at version 2, the workflow at 3"
    assert str(behind) == f"{REF}: {expected}"
    absent = compare(REF, None, WorkflowState(case(1)))
    assert str(absent) == f"{REF}: runs in Temporal, and the case file has no such case"
