"""The clock of a case: real time in service, and another one where months must pass in a minute.

Each case has it in its start input. Policies and the dates that people see stay whole; signatures, leases and retries
are in real time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY_SECONDS = 86400.0
STOPPED = timedelta(days=365)
"""How long to wait for a moment on a clock that does not go: it is set before that."""


@dataclass(frozen=True, slots=True)
class CaseClock:
    """Maps real time to case time. Origins are seconds since 1970; `day_seconds` is how long a case's day lasts.

    With a day of 0 seconds it does not go, and shows `case_origin` until it is set.
    """

    real_origin: float = 0.0
    case_origin: float = 0.0
    day_seconds: float = DAY_SECONDS

    def case_time(self, real: datetime) -> datetime:
        """The case's time at the real moment `real`."""
        elapsed = 0.0
        if self.day_seconds:
            elapsed = (real.timestamp() - self.real_origin) * DAY_SECONDS / self.day_seconds
        return datetime.fromtimestamp(self.case_origin + elapsed, UTC)

    def real_delay(self, now: datetime, moment: datetime) -> timedelta:
        """How long it really takes from the case's time `now` to its `moment`; at least a millisecond."""
        if not self.day_seconds and now < moment:
            return STOPPED
        seconds = (moment - now).total_seconds() * self.day_seconds / DAY_SECONDS
        return max(timedelta(seconds=seconds), timedelta(milliseconds=1))


REAL_TIME = CaseClock()
