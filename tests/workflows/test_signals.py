"""Signals are taken in batches, in their order, and each counts once."""

import asyncio
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.worker import UnsandboxedWorkflowRunner

from tests.workflows.conftest import CASEWORKER, Cases, RunningCase, worker_for
from workflows.case_log import MAX_BATCH, RESULTS_KEPT
from workflows.names import RECORD, RECORD_EVENT

AT_ONCE = 50
"""Signals that a test sends side by side."""


def progress(number: int) -> dict[str, Any]:
    data = {"contact": "none"}
    return {"id": f"progress-{number}", "event": "contact_preference_changed", "data": data, "by": CASEWORKER}


async def signal_all(case: RunningCase, records: list[dict[str, Any]]) -> None:
    for start in range(0, len(records), AT_ONCE):
        async with asyncio.TaskGroup() as sending:
            for record in records[start : start + AT_ONCE]:
                sending.create_task(case.handle.signal(RECORD, record))


@pytest.mark.parametrize("count", [500, pytest.param(5000, marks=pytest.mark.long)])
async def test_a_burst_of_signals_is_written_in_batches_without_a_failed_task(idle_cases: Cases, count: int) -> None:
    case = await idle_cases.start(contact="none")
    await signal_all(case, [progress(number) for number in range(count)])
    file = idle_cases.outside.casefile
    # Without the sandbox, as in service.
    async with worker_for(idle_cases, UnsandboxedWorkflowRunner()):
        await case.until(lambda status: status["version"] == count + 1 and not status["unwritten"])
    assert len(file.entries[case.ref]) == count + 1
    assert max(len(batch.entries) for batch in file.batches[case.ref]) <= MAX_BATCH
    history = await case.environment.client.get_workflow_handle(
        case.ref, run_id=case.handle.first_execution_run_id
    ).fetch_history()
    kinds = {event.event_type for event in history.events}
    assert not kinds & {EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED, EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT}


async def test_an_update_comes_after_the_signals_before_it(idle_cases: Cases) -> None:
    case = await idle_cases.start(contact="none")
    await signal_all(case, [progress(number) for number in range(MAX_BATCH + 10)])
    sent = asyncio.create_task(case.record_event("request_screened", answer="proceed"))
    async with worker_for(idle_cases):
        assert (await sent)["version"] == MAX_BATCH + 12


async def test_refusals_count_towards_the_next_run(cases: Cases) -> None:
    case = await cases.start(contact="none")
    for _ in range(60):
        await case.signal("meeting_held", form="letter", result="completed")
    await case.wait_until_written()
    assert (await case.handle.describe()).run_id != case.handle.first_execution_run_id


async def test_a_record_that_comes_again_much_later_has_no_effect_and_gets_its_first_result(cases: Cases) -> None:
    case = await cases.start(contact="none")
    applied, refused = case.record("request_screened", answer="proceed"), case.record("resumed")
    first = await case.handle.execute_update(RECORD_EVENT, applied, id="one")
    await case.handle.signal(RECORD, refused)
    await signal_all(case, [progress(number) for number in range(2 * RESULTS_KEPT)])
    before = await case.wait_until_written()
    await case.handle.signal(RECORD, applied)
    await case.handle.signal(RECORD, refused)
    assert await case.handle.execute_update(RECORD_EVENT, applied, id="another") == first
    after = await case.wait_until_written()
    assert (after["version"], after["sequence_conflict"]) == (before["version"], "")
    assert [refusal.id for refusal in cases.outside.casefile.refused[case.ref]] == [refused["id"]]
