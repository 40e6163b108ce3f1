"""How the simulated agencies behave: a behaviour for each kind of agency, case by case."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, with_config

from domain.agency_updates import UpdateKind
from domain.reasons import Reason
from domain.vocabulary import AgencyKind, AgencyRef, WaitKind, Whereabouts


class Manner(StrEnum):
    """What kind of answer an agency gives, and when; what no manner speaks of is answered favourably."""

    PROMPT = "prompt"
    """After a day or two."""
    SLOW = "slow"
    """After the day by which it was due, without a word before."""
    NEEDS_REMINDER = "needs_reminder"
    """Only once it has been reminded."""
    SILENT = "silent"
    """Never."""
    OBJECTING = "objecting"
    """Objects to the check; has no objection once challenged."""
    OBJECTING_TWICE = "objecting_twice"
    """Objects to the check, and again when challenged."""
    ASKS_BACK = "asks_back"
    """Has to know more before it answers the check."""
    UNCERTAIN = "uncertain"
    """Several people could be meant."""
    RESTRICTED = "restricted"
    """Has a record and may not open it."""
    NOT_FOUND = "not_found"
    """Knows of no such person."""
    NOT_OURS = "not_ours"
    """The person is somebody else's to find; any other ask is returned."""
    DECEASED = "deceased"
    """The person has died."""
    UNWILLING = "unwilling"
    """The offender does not want to take part."""
    NEEDS_TIME = "needs_time"
    """The offender asks for more time, and is willing then."""
    NOT_YET_THEN_READY = "not_yet_then_ready"
    """The offender is not ready at the first assessment, and is at the next."""
    UNSUITABLE = "unsuitable"
    """The assessment rules a meeting out for good."""
    SENDS_TWICE = "sends_twice"
    """Each answer twice, under the same webhook-id."""
    LATE_TO_CLOSED = "late_to_closed"
    """As prompt, and says it all once more when the case is long over, cancelled or not."""
    UNAVAILABLE = "unavailable"
    """Answers 503 for some days, then is prompt."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Statement:
    """What an agency says of its own accord, the first time that it is asked or told `on`.

    It comes `after_days` of that, in case days, or so many `days_before` the meeting that it was told of. `instead`: it
    then gives no answer to what it was asked.
    """

    on: WaitKind | UpdateKind
    event: str
    data: Mapping[str, Any] = field(default_factory=dict)
    after_days: float = 0.5
    days_before: int | None = None
    instead: bool = False


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Behaviour:
    """How one agency behaves in one case.

    `after_days` replaces the time that the manner takes, in case days. `whereabouts` and `responsible_agency` are
    what a trace finds (by default what the kind of agency would know), `reason` is that of an objection or
    assessment. What it is asked about `silent_on` it never answers. It `says` more of its own accord.
    """

    manner: Manner = Manner.PROMPT
    after_days: float | None = None
    whereabouts: Whereabouts | None = None
    responsible_agency: AgencyRef | None = None
    reason: Reason | None = None
    silent_on: WaitKind | None = None
    says: tuple[Statement, ...] = ()


PROMPT = Behaviour()

Scenario = Mapping[AgencyKind, Behaviour]
"""The behaviour of each kind of agency in one case; a kind that is not named is prompt and favourable."""


@dataclass
class Scenarios:
    """The scenario of each case that has one."""

    by_case: dict[str, Scenario] = field(default_factory=dict)

    def of(self, case: str, kind: AgencyKind) -> Behaviour:
        """How an agency of `kind` behaves in `case`."""
        return self.by_case.get(case, {}).get(kind, PROMPT)
