"""The clock of the cases: real time, or in an embedded stack with shorter days what a file says."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from pydantic import TypeAdapter

from domain.days import to_london_day
from workflows.clock import REAL_TIME, CaseClock

_CLOCK = TypeAdapter(CaseClock)


@dataclass(frozen=True, slots=True)
class StackClock:
    """The clock that all processes and new cases of a stack share; without a `file` it shows real time."""

    file: Path | None = None

    def read(self) -> CaseClock:
        """Return the clock as it is set now."""
        return REAL_TIME if self.file is None else _CLOCK.validate_json(self.file.read_bytes())

    def now(self) -> datetime:
        """Return the time of the cases."""
        return self.read().case_time(datetime.now(UTC))

    def today(self) -> date:
        """Return the day of the cases, in London."""
        return to_london_day(self.now())

    def set(self, clock: CaseClock) -> None:
        """Set it for every process that reads the file."""
        assert self.file is not None, "real time cannot be set"
        draft = self.file.with_suffix(".new")
        draft.write_bytes(_CLOCK.dump_json(clock))
        draft.replace(self.file)
