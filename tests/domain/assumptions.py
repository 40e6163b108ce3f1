"""What each text to the victim takes to be so: the exploration checks it in every state in which the text is sent."""

from collections.abc import Iterator
from enum import StrEnum

from domain.reasons import OFFENDERS_OWN, Reason
from domain.victim_explanation import VictimView
from domain.victim_facts import OFFENDERS_BEHAVIOUR, Variant
from domain.victim_notifications import MessageKind
from domain.vocabulary import Stage, Step
from domain.wording.victim import REVIEWS


class Claim(StrEnum):
    """Something that a text says or assumes."""

    TAKES_PART = "the victim knows of the request and lives"
    TOLD = "a person has told the victim any bad news"
    OPEN = "the request has not ended"
    ENDED = "the request has ended"
    NOT_ON_HOLD = "the case is not on hold"
    ON_HOLD = "the case is on hold"
    ON_HOLD_AS_WISHED = "the victim wished the hold"
    REOPENED = "an ended request was taken up again"
    NOT_TRACED = "no way to reach the offender is known yet"
    NOT_APPROACHED = "the offender was traced and not approached"
    APPROACHED = "the offender knows of the request"
    NO_ANSWER_TO_TELL = "no answer of the offender may be told yet"
    WILLING = "the offender said yes, and it may be told"
    WAS_NOT_YET = "contact could not go ahead for a time"
    NOT_YET = "contact cannot go ahead yet"
    READY = "an assessment was made"
    DAY_AHEAD = "this meeting day is set and has not passed"
    DAY_PASSED = "a meeting day is set and has passed"
    DAY_CANCELLED = "this meeting day is no longer set"
    DAY_FREE = "no meeting day is set"
    CONTACT_HELD = "contact took place"
    CONTACT_STOPPED = "contact was stopped"
    REASON_IS_SO = "this is the reason"
    OFFENDERS_REASON = "the reason was the offender's"
    VICTIMS_REASON = "the reason was the victim's"
    OFFENDER_DIED = "the offender's death is certain"
    MANAGER_ASKED = "a supervisor is asked to look at it"
    REVIEW_OPEN = "a review that the victim asked for is open"
    REVIEW_UPHELD = "a review agreed with the victim"
    REVIEW_NOT_UPHELD = "a review did not agree with the victim"
    PROMISE_KEPT = "the next update comes by the day that is named"


_C = Claim
OF_MESSAGES: dict[MessageKind, tuple[Claim, ...]] = {
    MessageKind.ACKNOWLEDGED: (),
    MessageKind.MILESTONE: (_C.TOLD,),
    MessageKind.UPDATE: (_C.TOLD, _C.OPEN),
    MessageKind.LONG_WAIT: (_C.TOLD, _C.OPEN, _C.MANAGER_ASKED, _C.NOT_ON_HOLD),
    MessageKind.ENDED: (_C.TOLD, _C.ENDED),
    MessageKind.CORRECTED: (_C.TOLD,),
    MessageKind.TRANSFERRED: (_C.TOLD, _C.OPEN),
    MessageKind.CONTACT_PLANNED: (_C.TOLD, _C.OPEN, _C.CONTACT_HELD),
    MessageKind.CONTACT_DROPPED: (_C.TOLD, _C.OPEN, _C.CONTACT_HELD, _C.DAY_FREE),
    MessageKind.DAY_CANCELLED: (_C.DAY_CANCELLED,),
    MessageKind.DAY_NOT_KEPT: (_C.TOLD, _C.OPEN, _C.DAY_FREE),
    MessageKind.REVIEW_RECEIVED: (_C.REVIEW_OPEN,),
    MessageKind.REVIEW_UPHELD: (_C.TOLD, _C.REVIEW_UPHELD),
    MessageKind.REVIEW_NOT_UPHELD: (_C.TOLD, _C.REVIEW_NOT_UPHELD),
}
"""What the opening of a message assumes, or all of one that does not say at which step the case is."""

OF_STEPS: dict[Step, tuple[Claim, ...]] = {
    Step.ASKING_VICTIM: (),
    Step.SCREENING: (),
    Step.TRACING: (_C.NOT_TRACED,),
    Step.AGENCY_CHECK: (_C.NOT_APPROACHED,),
    Step.APPROACHING: (_C.NOT_APPROACHED,),
    Step.REFLECTING: (_C.APPROACHED, _C.NO_ANSWER_TO_TELL),
    Step.ASSESSING: (_C.APPROACHED, _C.WILLING),
    Step.NOT_YET: (_C.READY, _C.NOT_YET, _C.DAY_FREE),
    Step.PREPARING: (_C.READY, _C.DAY_FREE),
    Step.SCHEDULED: (_C.DAY_PASSED,),
    Step.FOLLOWING_UP: (_C.CONTACT_HELD,),
}
OF_VARIANTS: dict[Variant, tuple[Claim, ...]] = {
    Variant.ON_HOLD: (_C.ON_HOLD,),
    Variant.ON_HOLD_AS_WISHED: (_C.ON_HOLD, _C.ON_HOLD_AS_WISHED),
    Variant.REOPENED: (_C.REOPENED, _C.NOT_ON_HOLD, _C.DAY_FREE),
    Variant.STOPPED: (_C.CONTACT_STOPPED, _C.NOT_ON_HOLD),
}


def claims_of(view: VictimView) -> Iterator[Claim]:
    """What the words for `view` say or assume."""
    yield Claim.TAKES_PART
    if view.message is not None:
        yield from OF_MESSAGES[view.message]
    if view.next_update_on is not None:
        yield Claim.PROMISE_KEPT
    if view.message in (MessageKind.DAY_CANCELLED, MessageKind.DAY_NOT_KEPT, *REVIEWS):
        return
    if view.step is Step.CLOSED:
        yield Claim.ENDED
        yield from _of_ending(view)
    elif view.variant in OF_VARIANTS:
        yield Claim.OPEN
        yield from OF_VARIANTS[view.variant]
    else:
        yield from (Claim.OPEN, Claim.NOT_ON_HOLD, *_of_step(view))


def _of_step(view: VictimView) -> Iterator[Claim]:
    if view.step is Step.SCHEDULED and view.day is not None:
        yield Claim.DAY_AHEAD
    elif view.step is Step.ASSESSING and view.stage in (Stage.READINESS_ASSESSED, Stage.MEETING_HELD):
        yield from (
            Claim.APPROACHED,
            Claim.WAS_NOT_YET if view.stage is Stage.READINESS_ASSESSED else Claim.CONTACT_HELD,
        )
    else:
        yield from OF_STEPS[view.step]
    if view.step is Step.NOT_YET:
        yield from _of_reason(view)


def _of_ending(view: VictimView) -> Iterator[Claim]:
    if view.reason is None and view.stage is Stage.MEETING_HELD:
        yield Claim.CONTACT_HELD
    if view.reason is Reason.OFFENDER_DIED:
        yield Claim.OFFENDER_DIED
    else:
        yield from _of_reason(view)


def _of_reason(view: VictimView) -> Iterator[Claim]:
    if view.reason is None:
        if view.variant is Variant.OWN_REASON:
            yield Claim.VICTIMS_REASON
        return
    yield Claim.REASON_IS_SO
    if view.reason in OFFENDERS_BEHAVIOUR | OFFENDERS_OWN:
        yield Claim.OFFENDERS_REASON
    if view.reason is Reason.UNREALISTIC_EXPECTATIONS:
        yield Claim.VICTIMS_REASON
