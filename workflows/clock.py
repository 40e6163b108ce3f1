"""The clock of a case: real time in service, and a faster one where months must pass in seconds.

Fixed when the case starts. Policies and the dates that people see stay whole; signatures, leases and retries are in
real time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

DAY_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class CaseClock:
    """Maps real time to case time. Origins are seconds since 1970; `day_seconds` is how long a case's day lasts."""

    real_origin: float = 0.0
    case_origin: float = 0.0
    day_seconds: float = DAY_SECONDS

    def case_time(self, real: datetime) -> datetime:
        """The case's time at the real moment `real`."""
        elapsed = (real.timestamp() - self.real_origin) * DAY_SECONDS / self.day_seconds
        return datetime.fromtimestamp(self.case_origin + elapsed, UTC)

    def real_delay(self, now: datetime, moment: datetime) -> timedelta:
        """How long it really takes from the case's time `now` to its `moment`; at least a millisecond."""
        seconds = (moment - now).total_seconds() * self.day_seconds / DAY_SECONDS
        return max(timedelta(seconds=seconds), timedelta(milliseconds=1))


REAL_TIME = CaseClock()


def clock_of(day_seconds: float, origin: float) -> CaseClock:
    """The clock that shows the real time at `origin`, and from there on passes a day in `day_seconds`."""
    if day_seconds == DAY_SECONDS:
        return REAL_TIME
    return CaseClock(real_origin=origin, case_origin=origin, day_seconds=day_seconds)
