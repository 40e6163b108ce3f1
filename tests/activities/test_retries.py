"""What a case has to try time and again is noticed, and what goes well in the end is forgotten."""

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from adapters.temporal.retries import MANY_ATTEMPTS, RetryWatcher
from domain.vocabulary import CaseRef

REF = CaseRef("RJ-7Q2K-9F3M")


@dataclass
class RecordingQueue:
    """RecheckQueue, in the order of what was said of them; the first `failing` words are lost."""

    words: list[str] = field(default_factory=list)
    failing: int = 0

    async def queue_recheck(self, ref: CaseRef) -> None:
        self._say(f"queue_recheck {ref}")

    async def dequeue(self, ref: CaseRef) -> None:
        self._say(f"dequeue {ref}")

    def _say(self, word: str) -> None:
        if self.failing:
            self.failing -= 1
            raise ConnectionError
        self.words.append(word)


class EndingActivity(ActivityInboundInterceptor):
    """An activity that ends as it is told to."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        if self._error:
            raise self._error
        return "done"


async def _run_attempt(noted: RecordingQueue, name: str, attempt: int, error: Exception | None = None) -> None:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, activity_type=name, attempt=attempt, workflow_id=REF)

    @activity.defn
    async def once() -> None:
        inbound = RetryWatcher(noted).intercept_activity(EndingActivity(error))
        await inbound.execute_activity(ExecuteActivityInput(fn=_run_attempt, args=[], executor=None, headers={}))

    with pytest.raises(ApplicationError) if error else nullcontext():
        await environment.run(once)


BROKEN = ApplicationError("KeyError", type="KeyError")


@pytest.mark.parametrize(
    ("name", "attempt", "error", "words"),
    [
        ("write_case_file", MANY_ATTEMPTS - 1, BROKEN, []),
        ("write_case_file", MANY_ATTEMPTS, BROKEN, [f"queue_recheck {REF}"]),
        ("write_case_file", MANY_ATTEMPTS, None, [f"queue_recheck {REF}", f"dequeue {REF}"]),
        ("ask_agency", MANY_ATTEMPTS, BROKEN, [f"queue_recheck {REF}"]),
        ("ask_agency", MANY_ATTEMPTS, ApplicationError("status 503", type="failed"), []),
        ("cancel_ask", MANY_ATTEMPTS, ApplicationError("paused", type="paused"), []),
        ("ask_agency", MANY_ATTEMPTS, None, []),
        ("send_digests", MANY_ATTEMPTS, BROKEN, []),
    ],
)
async def test_a_case_is_suspected_of_what_is_tried_often_and_does_not_fail_as_planned(
    name: str, attempt: int, error: Exception | None, words: list[str]
) -> None:
    noted = RecordingQueue()
    await _run_attempt(noted, name, attempt, error)
    assert noted.words == words


async def test_a_batch_is_written_although_its_case_cannot_be_queued() -> None:
    noted = RecordingQueue(failing=1)
    await _run_attempt(noted, "write_case_file", MANY_ATTEMPTS)
    assert noted.words == [f"dequeue {REF}"]
