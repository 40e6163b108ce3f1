"""How long each wait lasts until its reminder, its due day and its second notice: one policy for each route or area.

All figures are configurable defaults of this service and not law, except where a docstring names a source.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.values import replace
from domain.vocabulary import Disposal, WaitKind


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
    """Every figure by which a case's waits are counted. Weeks are calendar weeks.

    `area`, `route` and `disposal` say for which requests it is; without one, for any. A version never changes.
    """

    name: str
    waits: Mapping[WaitKind, WaitPolicy]
    version: int = 1
    area: str = ""
    route: str = ""
    disposal: Disposal | None = None
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
    readiness: int = 12
    """Weeks for which an assessment of readiness counts for another contact."""
    reminders_every: int = 1
    """Weeks between the reminders of an agency, once its answer is overdue."""
    first_contact_enhanced: int = 1
    """Working days within which a victim with enhanced rights (`domain.victim_rights`) is contacted.

    Source: Code of Practice for Victims of Crime in England and Wales (2020), 3.6.
    """
    guardian_consents: bool = True
    """Whether a guardian's consent is asked for where the offender or the victim is under 18."""
    whole_case: int | None = None
    """Weeks from the day of the referral within which the case must come to its end."""

    def __hash__(self) -> int:
        """A version never changes, and hashing each figure of it would take time."""
        return hash((self.name, self.version))

    @property
    def label(self) -> str:
        """Its name and version, as in `youth/1`."""
        return f"{self.name}/{self.version}"


ADULT = Policy(
    name="adult",
    waits={
        WaitKind.VICTIM_ANSWER: _working_days(None, 15, 30),
        WaitKind.SCREENING: _working_days(None, 5, 10),
        WaitKind.FIRST_CONTACT: _working_days(None, 5, 10),
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
        WaitKind.INFORMATION: _STAFF_DECISION,
        WaitKind.READINESS_REVIEW: _weeks(None, 12, None),
        WaitKind.PREPARATION: _weeks(None, 4, 8),
        WaitKind.HOLD: _weeks(None, 4, 8),
        WaitKind.OWN_CONSENT: _STAFF_DECISION,
        WaitKind.TRANSFER: _STAFF_DECISION,
        WaitKind.REVIEW: _working_days(None, 10, 20),
        WaitKind.REPLY: _working_days(None, 1, 2),
        WaitKind.SAFE_CALL: _working_days(None, 1, 2),
        WaitKind.CONCERN_ANSWER: _working_days(None, 1, 2),
        WaitKind.TELL: _working_days(None, 2, 4),
    },
)
"""The first contact, and the screening of a request, are due within 5 working days.

Source: Code of Practice for Victims of Crime in England and Wales (2020), 3.6 (what a victim is told of restorative
justice within 5 working days, 1 under enhanced rights) and 4.5 (services for victims, restorative justice among them).
"""


def _halve(policy: WaitPolicy) -> WaitPolicy:
    def half(number: int | None) -> int | None:
        return None if number is None else (number + 1) // 2

    return replace(policy, due=(policy.due + 1) // 2, chase=half(policy.chase), notice=half(policy.notice))


YOUTH = replace(
    ADULT,
    name="youth",
    route="youth",
    waits={kind: _halve(policy) for kind, policy in ADULT.waits.items()}
    | {WaitKind.FIRST_CONTACT: ADULT.waits[WaitKind.FIRST_CONTACT]},
    follow_ups=tuple((weeks + 1) // 2 for weeks in ADULT.follow_ups),
)
"""The adult figures halved, rounded up: the adult ones outlast most of a six-month order.

The first contact is due as it is with adults: the Victims' Code makes no difference by the offender's age.
"""

OUT_OF_COURT = replace(YOUTH, name="out_of_court", route="", disposal=Disposal.OUT_OF_COURT, whole_case=16)
"""Such a disposal lasts 16 weeks, so the waits are halved as well."""

COMMUNITY_RESOLUTION = replace(OUT_OF_COURT, name="community_resolution", disposal=Disposal.COMMUNITY_RESOLUTION)

PACKAGED = (ADULT, YOUTH, OUT_OF_COURT, COMMUNITY_RESOLUTION)
"""The policies that come with the service; `rj policies load` adds others."""


def choose_policy(policies: Iterable[Policy], area: str, route: str, disposal: Disposal) -> Policy:
    """The newest version of the policy that says most about the request: of its area, its disposal, its route.

    Raises ValueError where none of `policies` is for the request.
    """

    def fits(policy: Policy) -> bool:
        keys = ((policy.area, area), (policy.disposal, disposal), (policy.route, route))
        return all(not key or key == value for key, value in keys)

    fitting = [policy for policy in policies if fits(policy)]
    if not fitting:
        raise ValueError(f"no policy for {area} {route} {disposal}")

    def precedence(policy: Policy) -> tuple[object, ...]:
        return (bool(policy.area), bool(policy.disposal), bool(policy.route), policy.version)

    return max(fitting, key=precedence)


def find_policy_problems(policy: Policy) -> tuple[str, ...]:
    """What is wrong with a policy, by its fields; nothing where a case can be under it."""
    return tuple(_problems(policy))


_NAME = re.compile(r"[a-z][a-z0-9_-]{0,49}", re.ASCII)
_LONGEST = 520
"""Ten years in weeks."""
_FIGURES = (
    "follow_up_grace",
    "reconfirm_within",
    "victim_updates_every",
    "hold",
    "deadline_warning",
    "clearance",
    "risk",
    "risk_chase",
    "first_contact_enhanced",
)
_SIX_MONTHS = 26
"""The texts for victims say how long these last."""


def _problems(policy: Policy) -> Iterator[str]:
    if not _NAME.fullmatch(policy.name):
        yield "name: a code of lower-case letters, digits, _ and -"
    if policy.version < 1:
        yield "version: a number from 1"
    yield from (f"waits.{kind}: is missing" for kind in ADULT.waits if kind not in policy.waits)
    yield from _wait_problems(policy)
    if not policy.follow_ups or list(policy.follow_ups) != sorted(set(policy.follow_ups)) or policy.follow_ups[0] < 1:
        yield "follow_ups: weeks that follow one another"
    figures = {name: getattr(policy, name) for name in _FIGURES}
    yield from (f"{name}: from 1 to {_LONGEST}" for name, figure in figures.items() if not 0 < figure <= _LONGEST)
    for name in ("aftercare", "re_approach_after"):
        if getattr(policy, name) != _SIX_MONTHS:
            yield f"{name}: {_SIX_MONTHS}, since the texts for victims say six months"


def _wait_problems(policy: Policy) -> Iterator[str]:
    for kind, wait in policy.waits.items():
        days = [day for day in (wait.chase, wait.due, wait.notice) if day is not None]
        if wait.unit is Unit.FIXED:
            yield f"waits.{kind}.unit: wd or wk"
        if not 0 < days[0] <= days[-1] <= _LONGEST or days != sorted(days):
            yield f"waits.{kind}: chase, due and notice come in this order, from 1 to {_LONGEST}"
