"""What the victim is told of a case: it depends on a few values and nothing else, so that no other fact can show."""

from dataclasses import dataclass
from datetime import date

from domain.case import Case
from domain.days import format_day
from domain.effects import NotifySupervisor, NotifyVictim
from domain.reasons import REASON_RULES, Reason
from domain.staff_explanation import compose_alert
from domain.values import replace
from domain.victim_facts import Variant, told_day, told_reason, told_step, variant_of
from domain.victim_notifications import ABOUT_A_DAY, MessageKind, next_update_on
from domain.vocabulary import NewsKind, Stage, Step
from domain.wording.my_case import TO_BE_TOLD, TO_BE_TOLD_HEADING, TO_BE_TOLD_NEXT
from domain.wording.victim import (
    AGAIN,
    ANOTHER_NOT_YET,
    APPOINTMENT_ON,
    DAY_CALLED_OFF,
    DAY_CANCELLED,
    DAY_NOT_KEPT,
    DAY_SET,
    NEXT_UPDATE,
    NO_FURTHER_CONTACT,
    NO_FURTHER_CONTACT_ON_HOLD,
    NO_MESSAGES,
    NO_MORE_MESSAGES,
    NOT_YET,
    NOT_YET_BECAUSE,
    ON_HOLD,
    ON_HOLD_AS_WISHED,
    OPENINGS,
    OWN_CONCERN,
    OWN_REASON,
    REOPENED,
    REVIEW_UPHELD_AFTER_END,
    REVIEWS,
    STEPS,
    STOPPED,
    STOPPED_ON_HOLD,
    WE_KEEP_IN_TOUCH,
    VictimText,
)
from domain.wording.victim_endings import AGREED, ENDINGS, FINISHED, FINISHED_AFTER_STOP, NOT_SHARED, TAKEN_OVER_BY

_TOLD_AS = {Reason.ACCESS_RESTRICTED: Reason.NO_MATCH}
"""To say that a record may not be opened would say that there is one, so the victim reads that nothing was found."""


@dataclass(frozen=True, slots=True)
class VictimView:
    """All that the victim's words may depend on; it never holds a reason that may not be told.

    `message` is the occasion of a message, None where somebody asks for an explanation. `next_update_on` is None where
    no message will come. `day` is the meeting day that is set, or the one that was cancelled.
    """

    stage: Stage
    step: Step
    reason: Reason | None = None
    message: MessageKind | None = None
    next_update_on: date | None = None
    variant: Variant = Variant.USUAL
    day: date | None = None

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


def victim_view(case: Case, today: date) -> VictimView:
    """What the victim may know of `case`; a meeting day before `today` is not announced."""
    return VictimView(
        case.stage,
        told_step(case),
        told_reason(case),
        None,
        next_update_on(case),
        variant_of(case),
        told_day(case, today),
    )


def words_to_say(case: Case, today: date) -> VictimExplanation | None:
    """The words in which a caseworker gives the victim the bad news; None where there is none."""
    if case.news is None:
        return None
    view = victim_view(case, today)
    is_day = case.news.kind in ABOUT_A_DAY
    if case.step is Step.FOLLOWING_UP and (is_day or case.news.kind is NewsKind.CONTACT_DROPPED):
        view = replace(view, message=MessageKind.CONTACT_DROPPED)
    elif is_day and case.step not in (Step.SCHEDULED, Step.CLOSED):
        is_own = case.news.kind is NewsKind.DAY_CALLED_OFF
        view = replace(view, message=MessageKind.DAY_CALLED_OFF if is_own else MessageKind.DAY_NOT_KEPT)
    elif view.variant in PAUSED and not is_day:
        view = replace(view, message=MessageKind.MILESTONE)
    return replace(explain(view), next_update=WE_KEEP_IN_TOUCH)


def explain_on_page(case: Case, today: date) -> VictimExplanation:
    """The victim's words where they read about `case` themselves: of bad news that they have not been told, none.

    That a meeting day is cancelled is said in neutral words, so that nobody travels.
    """
    if case.news is None:
        return explain(victim_view(case, today))
    if case.news.day is not None and case.news.day >= today:
        return explain(VictimView(case.stage, case.step, message=MessageKind.DAY_CANCELLED, day=case.news.day))
    return VictimExplanation(TO_BE_TOLD_HEADING, TO_BE_TOLD, TO_BE_TOLD_NEXT, "", "")


_VARIANTS = {
    Variant.ON_HOLD: ON_HOLD,
    Variant.ON_HOLD_AS_WISHED: ON_HOLD_AS_WISHED,
    Variant.OWN_CONCERN: OWN_CONCERN,
    Variant.REOPENED: REOPENED,
    Variant.STOPPED: STOPPED,
    Variant.STOPPED_ON_HOLD: STOPPED_ON_HOLD,
    Variant.NO_FURTHER_CONTACT: NO_FURTHER_CONTACT,
    Variant.NO_FURTHER_CONTACT_ON_HOLD: NO_FURTHER_CONTACT_ON_HOLD,
}

LAST_CONTACT = frozenset({Variant.STOPPED, Variant.NO_FURTHER_CONTACT})
"""After a contact that was stopped, or that was to be the last one."""

PAUSED = frozenset({Variant.ON_HOLD, Variant.ON_HOLD_AS_WISHED, Variant.OWN_CONCERN})
"""What keeps the usual steps from going on for a while."""

SAYS_WHAT_HAPPENED = frozenset(
    {MessageKind.ACKNOWLEDGED, MessageKind.MILESTONE, MessageKind.CORRECTED, MessageKind.CONTACT_PLANNED}
)
"""Messages that give the news of a step, whatever keeps the case from going on."""


def explain(view: VictimView) -> VictimExplanation:
    """Return the victim's words; there are some for every view."""
    text = _text(view)
    opening = OPENINGS.get(view.message) if view.message is not None else None
    if view.message is MessageKind.DAY_CANCELLED or (view.message in REVIEWS and view.next_update_on is None):
        next_update = ""
    elif view.step is Step.CLOSED:
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


_OWN_TEXTS: dict[MessageKind, VictimText] = {
    MessageKind.DAY_CANCELLED: DAY_CANCELLED,
    MessageKind.DAY_NOT_KEPT: DAY_NOT_KEPT,
    MessageKind.DAY_CALLED_OFF: DAY_CALLED_OFF,
    **REVIEWS,
}


def _own_text(view: VictimView) -> VictimText | None:
    """The text of a message that does not say at which step the case is; None for any other."""
    if view.message is MessageKind.DAY_CANCELLED and view.day is not None:
        return replace(DAY_CANCELLED, happened=APPOINTMENT_ON.format(day=format_day(view.day)))
    if view.message is MessageKind.REVIEW_UPHELD and _may_ask_again(view):
        return REVIEW_UPHELD_AFTER_END
    return _OWN_TEXTS.get(view.message) if view.message is not None else None


def _may_ask_again(view: VictimView) -> bool:
    """Whether the request has ended and a new one is possible."""
    return view.step is Step.CLOSED and view.reason is not Reason.OFFENDER_DIED


def _text(view: VictimView) -> VictimText:
    """The text of a view, without the opening of the message."""
    own = _own_text(view)
    if own is not None:
        return own
    if view.step is Step.CLOSED:
        finished = FINISHED_AFTER_STOP if view.variant in LAST_CONTACT else FINISHED
        generic = finished if view.stage is Stage.MEETING_HELD else NOT_SHARED
        if view.variant is Variant.OWN_REASON and view.reason is None:
            return AGREED
        return generic if view.reason is None else ENDINGS.get(view.reason, generic)
    if view.variant not in _VARIANTS:
        return _text_of_step(view)
    text = _VARIANTS[view.variant]
    if view.variant in PAUSED and view.message in SAYS_WHAT_HAPPENED:
        return replace(text, happened=f"{_text_of_step(view).happened} {text.happened}")
    return text


def _text_of_step(view: VictimView) -> VictimText:
    """The text of the step of an open case."""
    if view.step is Step.SCHEDULED and view.day is not None:
        return replace(DAY_SET, happened=DAY_SET.happened.format(day=format_day(view.day)))
    text = AGAIN.get((view.stage, view.step), STEPS[view.step])
    if view.step is not Step.NOT_YET:
        return text
    if view.reason in NOT_YET_BECAUSE:
        not_yet = ANOTHER_NOT_YET if view.stage is Stage.MEETING_HELD else NOT_YET
        return replace(text, happened=f"{not_yet} {NOT_YET_BECAUSE[view.reason]}")
    return OWN_REASON if view.variant is Variant.OWN_REASON else text


def compose(effect: NotifyVictim | NotifySupervisor, *, names_new_service: bool = False) -> tuple[str, ...]:
    """Return the lines of a notification: the victim's words, or one line for a supervisor.

    With `names_new_service` they have `{new_service}` for the name of the service that has taken the case over.
    """
    if isinstance(effect, NotifySupervisor):
        return (compose_alert(effect),)
    words = explain(
        VictimView(
            effect.stage,
            effect.step,
            effect.reason,
            effect.message,
            effect.next_update_on,
            effect.variant,
            effect.day,
        )
    )
    is_named = names_new_service and effect.reason is Reason.TRANSFERRED_OUT
    following = TAKEN_OVER_BY if is_named else words.next
    lines = (words.heading, words.happened, following, words.could_change, words.next_update)
    return tuple(line for line in lines if line)
