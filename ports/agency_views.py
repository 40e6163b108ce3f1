"""The directory of agencies as staff see it, and the results of their changes. Only new keys are shown."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.wording.delivery_failures import describe_failure
from ports.agencies import ChannelName

KeySide = Literal["theirs", "ours"]
"""`theirs` signs the webhooks that an agency sends; `ours` signs what is sent to it."""

ALL_AGENCIES = ""
"""Means all agencies, where one may be named whose asks are paused."""


@dataclass(frozen=True, slots=True)
class AgencyPause:
    """A pause of the asks to `agency`, or of all of them (`ALL_AGENCIES`), by an account; in real time."""

    agency: str
    since: datetime
    by: str

    @property
    def why(self) -> str:
        """What is paused, since when, and by which account."""
        requests = f"Requests to {self.agency} are" if self.agency else "All requests to agencies are"
        return f"{requests} paused since {self.since:%Y-%m-%d %H:%M} UTC by {self.by}."


@dataclass(frozen=True, slots=True)
class ActiveKey:
    """A key that is valid now, and until when, if a newer one is to replace it."""

    added_at: datetime
    until: datetime | None


AgencySortKey = tuple[str, str, str]
"""The order of agencies in a list: by area, kind and id."""
LIST_START: AgencySortKey = ("", "", "")


@dataclass(frozen=True, slots=True)
class ListedAgency:
    """An agency with the fields of `AgencyDetails`, and those that are not entered.

    `pauses` are its own, the one for all agencies, or both. `theirs` and `ours` are the keys of each side, the newest
    first.
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
        """Its position in the list."""
        return self.area, self.kind, self.id


@dataclass(frozen=True, slots=True)
class AgencyFilters:
    """Which agencies are listed; None: all. An empty `area` means the national ones."""

    kind: str | None = None
    area: str | None = None
    channel: str | None = None
    paused: bool | None = None
    active: bool | None = True


@dataclass(frozen=True, slots=True)
class NewKeys:
    """The first keys of a new agency, which are shown once."""

    theirs: str = field(repr=False)
    ours: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RotatedKey:
    """A new key of one side, which is shown once. Older ones are valid until `older_until`; None: there are none."""

    agency: str
    side: KeySide
    key: str = field(repr=False)
    older_until: datetime | None


@dataclass(frozen=True, slots=True)
class PingResult:
    """Whether an agency was reached: its `reply`, or the `code` of `Unreachable`, and the seconds that it took."""

    agency: str
    channel: str
    reached: bool
    reply: str
    code: str
    seconds: float

    @property
    def sentence(self) -> str:
        """The result in words."""
        if self.channel == ChannelName.MANUAL:
            return "A caseworker asks this agency and records what it answers: there is nothing to reach."
        if self.reached:
            return f"Reached by {self.channel}."
        return f"Not reached by {self.channel}: {describe_failure(self.code).happened}."

    @property
    def look_at(self) -> str | None:
        """What to check; None where it was reached."""
        return None if self.reached else describe_failure(self.code).look_at
