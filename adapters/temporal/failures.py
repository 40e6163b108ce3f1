"""Reports failures of activities to Temporal by their type alone: a driver's text may quote what was written."""

from typing import Any

from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


class FailureRedactor(Interceptor):
    """Replaces what an activity raises, except what is meant for Temporal, by the name of its class."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        """Wrap the activities of a worker."""
        return _RedactedActivity(next)


class _RedactedActivity(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await super().execute_activity(input)
        except ApplicationError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, only its type is reported
            kind = type(error).__name__
            raise ApplicationError(kind, type=kind) from None
