"""What Temporal keeps of a failed activity names its kind and repeats nothing of what was written."""

import pytest
from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from adapters.temporal.failures import FailureRedactor


class _Calls(ActivityInboundInterceptor):
    """The last of a worker's interceptors: it calls the activity."""

    def __init__(self) -> None:
        """There is none after it."""

    async def execute_activity(self, input: ExecuteActivityInput) -> object:
        return await input.fn(*input.args)


@activity.defn
async def quote() -> None:
    raise ValueError("invalid input: Marked Name")


@activity.defn
async def refuse() -> None:
    raise ApplicationError("status 503", type="failed")


async def _failure_of(fn: object) -> ApplicationError:
    wrapped = FailureRedactor().intercept_activity(_Calls())
    given = ExecuteActivityInput(fn=fn, args=[], executor=None, headers={})  # type: ignore[arg-type]
    with pytest.raises(ApplicationError) as failed:
        await ActivityEnvironment().run(wrapped.execute_activity, given)
    return failed.value


async def test_a_drivers_text_stays_with_us() -> None:
    failure = await _failure_of(quote)
    assert (failure.message, failure.type, failure.__cause__) == ("ValueError", "ValueError", None)
    assert failure.__suppress_context__


async def test_what_is_raised_for_temporal_goes_through() -> None:
    failure = await _failure_of(refuse)
    assert (failure.message, failure.type) == ("status 503", "failed")
