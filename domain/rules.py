"""The rules that a case is under: a version of the process, a policy and a calendar, each carried as its value.

They are chosen where a case begins, and only `rules_adopted` and `calendar_updated` change them. Whatever decides about
a case is reached through `case.rules`, so that two versions can run at the same time.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from domain.calendar import Calendar
from domain.policy import Policy

if TYPE_CHECKING:
    from domain.case import Case
    from domain.events import Event, Record, RequestReceived
    from domain.guard import Block
    from domain.process import Rule
    from domain.refused_messages import FollowUp
    from domain.steps import TransitionContext
    from domain.vocabulary import AgencyRef, CaseRef, Condition, Form, Step, Whereabouts

    FindBlocks = Callable[[Case, Form | None, date, frozenset[Condition]], Iterable[Block]]


@dataclass(frozen=True, slots=True)
class ProcessVersion:
    """One version of the process: everything in it that decides, as data."""

    receive_request: "Callable[[CaseRef, Record, RequestReceived, datetime, Rules], Case]"
    """The case that a request opens."""
    table: Mapping["type[Event]", "Rule"]
    """The row of each event."""
    guard: "tuple[FindBlocks, ...]"
    """What may block contact."""
    meeting_guard: "tuple[FindBlocks, ...]"
    """What may block a meeting day."""
    enforce_guard: "Callable[[Case, TransitionContext], Case]"
    """What becomes of a case after each entry."""
    note_news: "Callable[[Case, Case, TransitionContext], Case]"
    """What a person has to tell the victim after each entry."""
    starts: "Mapping[Step, Callable[[Case, datetime], Case]]"
    """What starts at each step."""
    agencies_of: "Callable[[RequestReceived], tuple[AgencyRef, ...]]"
    """The agencies to ask for the trace, in order."""
    checkers_of: "Callable[[AgencyRef, Whereabouts | None], tuple[AgencyRef, ...]]"
    """The agencies that must answer before the offender is approached."""
    effects: "Callable[[Case | None, Case, Record], tuple[Any, ...]]"
    """What must be done because of an entry."""
    due_events: "Callable[[Case], Iterable[tuple[date, Event]]]"
    """What the clock records, and on which days."""
    is_over: "Callable[[Case, datetime], bool]"
    """Whether an ended case waits for nothing more."""
    follow_up_of: "Callable[[Case, Record, datetime], FollowUp | None]"
    """Who has to look at a record that was refused."""


PROCESS_VERSIONS: dict[int, ProcessVersion] = {}
"""Every version of the process that an open case may be under; `domain.versions` fills it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a case: `version` is that of the process."""

    version: int
    policy: Policy
    calendar: Calendar

    @property
    def process(self) -> ProcessVersion:
        """The version of the process."""
        return PROCESS_VERSIONS[self.version]
