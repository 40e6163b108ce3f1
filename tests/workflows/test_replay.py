"""Histories of open cases replay unharmed: what a change does to them shows here, before it meets a real case."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowHistory

from tests.workflows.conftest import Cases, RunningCase
from tests.workflows.recorded_lives import LIVES, silent_agency
from tests.workflows.replaying import run_ids, state_after

HISTORIES = Path(__file__).parent.parent / "histories"
RECORDED = sorted(HISTORIES.glob("*.history.json"))

AGAIN = "record them again with: pytest tests/workflows/test_replay.py --record-histories"


async def histories_of(case: RunningCase) -> list[WorkflowHistory]:
    """The histories of a case's runs, oldest first."""
    client, run = case.environment.client, case.handle.first_execution_run_id
    histories = []
    while run:
        history = await client.get_workflow_handle(case.ref, run_id=run).fetch_history()
        histories.append(history)
        run = run_ids(history.events)
    return histories


@pytest.mark.parametrize("life", LIVES)
async def test_each_life_replays_to_where_it_ended(cases: Cases, life: str, record_histories: bool) -> None:
    case = await LIVES[life](cases)
    for number, history in enumerate(await histories_of(case), 1):
        state = await state_after(history)
        if record_histories:
            _keep(f"{life}-{number}", history, state)


def _keep(name: str, history: WorkflowHistory, state: object) -> None:
    raw = _of_any_machine(json.loads(history.to_json()))
    (HISTORIES / f"{name}.history.json").write_text(json.dumps(raw, indent=1) + "\n")
    (HISTORIES / f"{name}.state.json").write_text(json.dumps(state, indent=1, sort_keys=True) + "\n")


def _of_any_machine(value: Any) -> Any:
    """The history without what names the machine that it was recorded on; a replay reads none of it."""
    match value:
        case dict():
            kept = {key: _of_any_machine(item) for key, item in value.items() if key != "stackTrace"}
            return kept | ({"identity": "recorder"} if "identity" in kept else {})
        case list():
            return [_of_any_machine(item) for item in value]
        case str():
            return value.replace(socket.gethostname(), "machine")
        case _:
            return value


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.name.partition(".")[0])
async def test_a_recorded_history_replays_to_the_same_state(file: Path) -> None:
    raw = json.loads(file.read_text())
    ref = raw["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    expected = json.loads(file.with_name(file.name.replace(".history.", ".state.")).read_text())
    assert await state_after(WorkflowHistory.from_json(ref, raw)) == expected


def test_the_lives_of_at_least_six_different_cases_are_recorded() -> None:
    assert {file.name.rpartition("-")[0] for file in RECORDED} == set(LIVES), AGAIN


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.name.partition(".")[0])
def test_a_case_does_nothing_outside_before_its_task_is_committed(file: Path) -> None:
    # A local activity leaves a marker: it ran in a task that might yet have been lost, and decided again elsewhere.
    kinds = {event["eventType"] for event in json.loads(file.read_text())["events"]}
    assert "EVENT_TYPE_MARKER_RECORDED" not in kinds


async def test_a_replay_notices_that_an_activity_went_missing(cases: Cases) -> None:
    case = await silent_agency(cases)
    history = (await histories_of(case))[0]
    kept = [event for event in history.events if not event.HasField("activity_task_scheduled_event_attributes")]
    with pytest.raises(Exception, match=r"(?i)nondetermin|history|event"):
        await state_after(WorkflowHistory(history.workflow_id, kept))
