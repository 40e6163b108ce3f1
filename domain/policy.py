"""How long each wait lasts until its reminder, its due day and its second notice: one policy for each route or area.

All figures are configurable defaults of this service and not law, except where a comment names a source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.vocabulary import WaitKind


class Unit(StrEnum):
    """The unit in which a wait is counted; a `fixed` one depends on a day that no hold changes."""

    WORKING_DAYS = "wd"
    WEEKS = "wk"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class WaitPolicy:
    """How many units after the start of a wait its reminder, due day and second notice come; None: it has none."""

    unit: Unit
    due: int
    chase: int | None = None
    notice: int | None = None


def _working_days(chase: int | None, due: int, notice: int) -> WaitPolicy:
    return WaitPolicy(Unit.WORKING_DAYS, due=due, chase=chase, notice=notice)


def _weeks(chase: int | None, due: int, notice: int | None) -> WaitPolicy:
    return WaitPolicy(Unit.WEEKS, due=due, chase=chase, notice=notice)


_STAFF_DECISION = _working_days(None, 5, 10)
_TECHNICAL_PROBLEM = _working_days(None, 2, 5)
"""Sooner than other decisions: correcting the directory takes minutes, and until then the victim waits for nothing."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Every figure by which a case's waits are counted. Weeks are calendar weeks."""

    name: str
    waits: Mapping[WaitKind, WaitPolicy]
    follow_ups: tuple[int, ...] = (2, 6, 12)
    """Weeks after the meeting at which each follow-up is due."""
    follow_up_grace: int = 5
    """Working days after which a follow-up that is due becomes overdue."""
    reconfirm_within: int = 5
    """Working days before the meeting within which both consents must be dated."""
    victim_updates_every: int = 4
    """Weeks after which the victim is updated even though nothing has happened."""
    hold: int = 4
    """Weeks that a hold lasts where no day is given."""
    deadline_warning: int = 4
    """Weeks ahead of a noted deadline at which the supervisor is warned."""
    aftercare: int = 26
    """Weeks for which an ended case still takes reviews and contact preferences."""
    re_approach_after: int = 26
    """Weeks after an end that the victim did not cause, before the case may be reopened."""
    clearance: int = 26
    """Weeks for which an agency's clearance counts."""
    risk: int = 12
    """Weeks for which a risk assessment counts, unless it names an earlier day."""
    risk_chase: int = 10
    """Working days ahead of its last day at which a new risk assessment is asked for."""
    guardian_consents: bool = True
    """Whether a guardian's consent is asked for where the offender or the victim is under 18."""


ADULT = Policy(
    name="adult",
    waits={
        WaitKind.VICTIM_ANSWER: _working_days(None, 15, 30),
        # The 5 working days mirror entitlement 3.6 of the Victims' Code.
        WaitKind.SCREENING: _working_days(None, 5, 10),
        WaitKind.TRACE: _working_days(5, 10, 20),
        WaitKind.CANDIDATE: _STAFF_DECISION,
        WaitKind.ROUTE: _STAFF_DECISION,
        WaitKind.AGENCY_CHECK: _working_days(10, 20, 30),
        WaitKind.OBJECTION: _STAFF_DECISION,
        WaitKind.FACILITATOR: _STAFF_DECISION,
        WaitKind.RISK: _STAFF_DECISION,
        WaitKind.CONCERN: _working_days(None, 1, 2),
        WaitKind.DEATH: _working_days(None, 1, 2),
        WaitKind.APPROACH: _working_days(10, 15, 25),
        WaitKind.OFFENDER_ANSWER: _weeks(3, 4, 8),
        WaitKind.ASSESSMENT: _weeks(4, 6, 10),
        WaitKind.SUBSTITUTE: _STAFF_DECISION,
        WaitKind.TECHNICAL_PROBLEM: _TECHNICAL_PROBLEM,
        WaitKind.READINESS_REVIEW: _weeks(None, 12, None),
        WaitKind.PREPARATION: _weeks(None, 4, 8),
        WaitKind.HOLD: _weeks(None, 4, 8),
        WaitKind.REVIEW: _working_days(None, 10, 20),
    },
)


def _halve(policy: WaitPolicy) -> WaitPolicy:
    def half(number: int | None) -> int | None:
        return None if number is None else (number + 1) // 2

    return replace(policy, due=(policy.due + 1) // 2, chase=half(policy.chase), notice=half(policy.notice))


YOUTH = replace(
    ADULT,
    name="youth",
    waits={kind: _halve(policy) for kind, policy in ADULT.waits.items()},
    follow_ups=tuple((weeks + 1) // 2 for weeks in ADULT.follow_ups),
)
"""The adult figures halved, rounded up: the adult ones outlast most of a six-month order."""

POLICIES: dict[str, Policy] = {policy.name: policy for policy in (ADULT, YOUTH)}
"""Every policy that an open case may be under, by name; an area's own policy is one more entry."""
