"""What people are shown of the directory of agencies, and told when they change it. No key is shown but a new one."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.wording.delivery_failures import describe_failure
from ports.agencies import ChannelName

KeySide = Literal["theirs", "ours"]
"""`theirs` signs the webhooks that an agency sends; `ours` signs what is sent to it."""

EVERY_AGENCY = ""
"""Stands for all agencies, where one may be named whose asks rest."""


@dataclass(frozen=True, slots=True)
class AgencyPause:
    """Asks that an operator has paused: those of `agency`, or all (`EVERY_AGENCY`). `by` is who; real time."""

    agency: str
    since: datetime
    by: str

    @property
    def why(self) -> str:
        """What rests, since when, and by whom."""
        whose = f"Asks to {self.agency} rest" if self.agency else "All asks to agencies rest"
        return f"{whose} since {self.since:%Y-%m-%d %H:%M} UTC, paused by {self.by}."


@dataclass(frozen=True, slots=True)
class ActiveKey:
    """A key that counts now; `until` when, if a newer one is to take its place."""

    added_at: datetime
    until: datetime | None


AgencySortKey = tuple[str, str, str]
"""Where an agency stands in the list: its area, its kind, its id."""
LIST_START: AgencySortKey = ("", "", "")


@dataclass(frozen=True, slots=True)
class ListedAgency:
    """An agency as the directory holds it: the fields of `Details`, and what is not written by hand.

    `pauses` are those that hold its asks back: its own, the one for all, or both. `theirs` and `ours` are the
    keys of each side, the newest first.
    """

    id: str
    kind: str
    area: str
    name: str
    channel: str
    address: str
    questions: tuple[str, ...]
    contact: str
    works_on: str
    active: bool
    pauses: tuple[AgencyPause, ...]
    theirs: tuple[ActiveKey, ...]
    ours: tuple[ActiveKey, ...]

    @property
    def place(self) -> AgencySortKey:
        """Where it stands in the list."""
        return self.area, self.kind, self.id


@dataclass(frozen=True, slots=True)
class AgencyFilters:
    """Which agencies are listed; None: whatever they are. `area` empty: the national ones."""

    kind: str | None = None
    area: str | None = None
    channel: str | None = None
    paused: bool | None = None
    active: bool | None = True


@dataclass(frozen=True, slots=True)
class NewKeys:
    """The first keys of a new agency: shown this once, to be handed over."""

    theirs: str = field(repr=False)
    ours: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RotatedKey:
    """A new key of one side, shown this once. The older ones count until `older_until`; None: there are none."""

    agency: str
    side: KeySide
    key: str = field(repr=False)
    older_until: datetime | None


@dataclass(frozen=True, slots=True)
class PingResult:
    """What came of trying whether an agency can be reached.

    `reply` is what the agency answered, `code` how it failed (as in `Unreachable`), `seconds` how long that took.
    """

    agency: str
    channel: str
    reached: bool
    reply: str
    code: str
    seconds: float

    @property
    def sentence(self) -> str:
        """What came of it in words."""
        if self.channel == ChannelName.MANUAL:
            return "A caseworker asks this agency and records what it answers: there is nothing to reach."
        if self.reached:
            return f"Reached by {self.channel}."
        return f"Not reached by {self.channel}: {describe_failure(self.code).happened}."

    @property
    def look_at(self) -> str | None:
        """What whoever wants to mend it looks at; None where it was reached."""
        return None if self.reached else describe_failure(self.code).look_at
