"""How activities are called: a named policy for each, with the reason for its figures."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig

WRITE_CASE_FILE = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10)),
)
"""A write to our own database: retried for ever, and soon after the database is back.

Never a local activity: that one runs before the task in which it was decided is committed. Where its worker is killed
in between, the next one may decide otherwise, and what was written is not what happened.
"""

FIND_RESULTS = WRITE_CASE_FILE
"""A read of our own database, which the case waits for as it waits for a write."""

ASK_AGENCY = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(
        initial_interval=timedelta(seconds=1), backoff_coefficient=2.0, maximum_interval=timedelta(hours=1)
    ),
    cancellation_type=ActivityCancellationType.TRY_CANCEL,
)
"""A call to an agency: for as long as it takes, with growing pauses up to an hour.

Cancelled without waiting: an ask that nobody wants any more is followed by its cancellation anyway.
"""

GO_THROUGH_CASES = ActivityConfig(
    start_to_close_timeout=timedelta(hours=1),
    schedule_to_close_timeout=timedelta(hours=2),
    heartbeat_timeout=timedelta(seconds=10),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)),
)
"""A pass of the reconciliation. It ends by itself when its share of time is over; the beats say soon where its worker
was killed. What a run does not come to in two hours, the next one does.
"""

SEND_DIGESTS = ActivityConfig(
    start_to_close_timeout=timedelta(hours=1),
    schedule_to_close_timeout=timedelta(hours=10),
    heartbeat_timeout=timedelta(minutes=1),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=10), maximum_interval=timedelta(minutes=10)),
)
"""A morning's digests: tried again while the relay is unavailable, and given up in the evening."""

RECORD_BIRTHDAYS = ActivityConfig(
    start_to_close_timeout=timedelta(hours=1),
    schedule_to_close_timeout=timedelta(days=1),
    heartbeat_timeout=timedelta(minutes=1),
    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=10), maximum_interval=timedelta(minutes=10)),
)
"""A week's birthdays: what one day does not come to, the next week does."""
