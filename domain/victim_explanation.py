"""What the victim is told of a case: it depends on five values and nothing else, so that no other fact can show."""

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
    ANOTHER_NOT_YET,
    NEXT_UPDATE,
    NO_MESSAGES,
    NO_MORE_MESSAGES,
    NOT_YET,
    NOT_YET_BECAUSE,
    OPENINGS,
    STEPS,
)
from domain.wording.victim_endings import ENDINGS, FINISHED, NOT_SHARED

_TOLD_AS = {Reason.ACCESS_RESTRICTED: Reason.NO_MATCH}
"""To say that a record may not be opened would say that there is one, so the victim reads that nothing was found."""


@dataclass(frozen=True, slots=True)
class VictimView:
    """All that the victim's words may depend on; it never holds a reason that may not be told.

    `message` is the occasion of a message, None where somebody asks for an explanation. `next_update_on` is None where
    no message will come.
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
    """The victim's words: each field is a line, or a few sentences that can be read alone."""

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
    """What the victim may know of `case`; after their own death nobody is told a reason."""
    reason = None if case.progress.victim_died else case.progress.reason
    return VictimView(case.stage, case.step, reason, None, next_update_on(case))


def explain(view: VictimView) -> VictimExplanation:
    """Return the victim's words; there are some for every view."""
    if view.step is Step.CLOSED:
        generic = FINISHED if view.stage is Stage.MEETING_HELD else NOT_SHARED
        text = generic if view.reason is None else ENDINGS.get(view.reason, generic)
    else:
        text = AGAIN.get((view.stage, view.step), STEPS[view.step])
        if view.step is Step.NOT_YET and view.reason in NOT_YET_BECAUSE:
            not_yet = ANOTHER_NOT_YET if view.stage is Stage.MEETING_HELD else NOT_YET
            text = replace(text, happened=f"{not_yet} {NOT_YET_BECAUSE[view.reason]}")
    opening = None if view.message is None else OPENINGS[view.message]
    if view.step is Step.CLOSED:
        next_update = NO_MORE_MESSAGES
    elif view.next_update_on is None:
        next_update = NO_MESSAGES
    else:
        next_update = NEXT_UPDATE.format(day=format_day(view.next_update_on))
    return VictimExplanation(
        heading=(opening.heading if opening else "") or text.heading,
        happened=f"{opening.sentences} {text.happened}" if opening else text.happened,
        next=text.next,
        could_change=text.could_change,
        next_update=next_update,
    )


def compose(effect: NotifyVictim | NotifySupervisor) -> tuple[str, ...]:
    """Return the lines of a notification: the victim's words, or one line for a supervisor."""
    if isinstance(effect, NotifySupervisor):
        return (compose_alert(effect),)
    words = explain(VictimView(effect.stage, effect.step, effect.reason, effect.message, effect.next_update_on))
    return (words.heading, words.happened, words.next, words.could_change, words.next_update)
