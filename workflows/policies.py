"""How each activity is called: one named policy each, with the reason for its figures."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig, LocalActivityConfig

AT_ONCE = LocalActivityConfig(
    schedule_to_close_timeout=timedelta(seconds=1),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=50), maximum_attempts=2),
)
"""A write to our own database, inside the workflow task: it costs no task of its own, and gives up soon.

A local activity that retries for long holds its workflow task, and with it every query and update of the case.
"""

HOWEVER_LONG = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10)),
)
"""The same write when the database was away: retried for ever, and soon after the database is back."""

ASK_AGENCY = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(hours=1)
    ),
    cancellation_type=ActivityCancellationType.TRY_CANCEL,
)
"""A call to an agency: for as long as it takes, with growing pauses up to an hour.

Cancelled without waiting: an ask that nobody wants any more is followed by its call-back anyway.
"""
