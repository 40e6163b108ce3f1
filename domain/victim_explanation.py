"""What the victim is told of a case: from five values and nothing else, so that no other fact can show.

Whoever explains to staff looks in `staff_explaining`.
"""

from dataclasses import dataclass, replace
from datetime import date

from domain.case import Case
from domain.days import format_day
from domain.effects import NotifySupervisor, NotifyVictim
from domain.reasons import REASON_RULES, Reason
from domain.staff_explanation import compose_alert
from domain.victim_notifications import MessageKind, next_update_on
from domain.vocabulary import Stage, Step
from domain.wording.victim import (
    AGAIN,
    NEXT_UPDATE,
    NO_MESSAGES,
    NO_MORE_MESSAGES,
    NOT_YET_BECAUSE,
    NOT_YET_SAID,
    OPENINGS,
    STEPS,
    Words,
)
from domain.wording.victim_endings import ENDINGS, FINISHED, NOT_SHARED

_TOLD_AS = {Reason.ACCESS_RESTRICTED: Reason.NO_MATCH}
"""That a record may not be opened says that there is one: the victim hears what they would without it."""


@dataclass(frozen=True, slots=True)
class VictimView:
    """All of a case that the victim's words may depend on; a reason that may not be told cannot enter it.

    `message` is the occasion of a notice, None where somebody asks how things stand. `next_update_on` is None
    where no message will come.
    """

    stage: Stage
    step: Step
    reason: Reason | None = None
    message: MessageKind | None = None
    next_update_on: date | None = None

    def __post_init__(self) -> None:
        """Reduce the reason to what may be told."""
        object.__setattr__(self, "reason", tellable_reason(self.reason))


@dataclass(frozen=True, slots=True)
class VictimExplanation:
    """The victim's words, each field one line or a few sentences that stand by themselves."""

    heading: str
    happened: str
    next: str
    could_change: str
    next_update: str


def tellable_reason(reason: Reason | None) -> Reason | None:
    """The reason that the victim may know; None where there is none, or none that may be told."""
    if reason is None:
        return None
    reason = _TOLD_AS.get(reason, reason)
    return reason if REASON_RULES[reason].tellable else None


def victim_view(case: Case) -> VictimView:
    """What the victim may know of `case`; after their own death no reason is told to whoever reads it."""
    reason = None if case.progress.victim_died else case.progress.reason
    return VictimView(case.stage, case.step, reason, None, next_update_on(case))


def explain(view: VictimView) -> VictimExplanation:
    """The victim's words for `view`; there are some for every view."""
    words = _words(view)
    opening = None if view.message is None else OPENINGS[view.message]
    return VictimExplanation(
        heading=(opening.heading if opening else "") or words.heading,
        happened=f"{opening.sentences} {words.happened}" if opening else words.happened,
        next=words.next,
        could_change=words.could_change,
        next_update=_next_update(view),
    )


def _words(view: VictimView) -> Words:
    if view.step is Step.NOT_YET:
        return _not_yet(view.reason)
    if view.step is not Step.CLOSED:
        return AGAIN.get((view.stage, view.step), STEPS[view.step])
    generic = FINISHED if view.stage is Stage.MEETING_HELD else NOT_SHARED
    return generic if view.reason is None else ENDINGS.get(view.reason, generic)


def _not_yet(reason: Reason | None) -> Words:
    """The words of `not_yet`, with the reason where it may be told."""
    words = STEPS[Step.NOT_YET]
    because = None if reason is None else NOT_YET_BECAUSE.get(reason)
    if because is None:
        return words
    return replace(words, happened=f"{NOT_YET_SAID} {because}")


def _next_update(view: VictimView) -> str:
    if view.step is Step.CLOSED:
        return NO_MORE_MESSAGES
    if view.next_update_on is None:
        return NO_MESSAGES
    return NEXT_UPDATE.format(day=format_day(view.next_update_on))


def compose(effect: NotifyVictim | NotifySupervisor) -> tuple[str, ...]:
    """Return the lines of a notification: the victim's words, or one line for a supervisor."""
    if isinstance(effect, NotifySupervisor):
        return (compose_alert(effect),)
    view = VictimView(effect.stage, effect.step, effect.reason, effect.message, effect.next_update_on)
    words = explain(view)
    return (words.heading, words.happened, words.next, words.could_change, words.next_update)
