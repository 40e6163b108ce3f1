"""What each text takes to be so: the exploration checks it in every state in which the text is sent.

Some of it follows from what the text is for, the rest from its words: whatever says one of the `PHRASES` claims what
is stated there, on whichever occasion.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import astuple
from enum import StrEnum

from domain.reasons import OFFENDERS_OWN, Reason
from domain.victim_explanation import LAST_CONTACT, PAUSED, SAYS_WHAT_HAPPENED, VictimView, explain
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
    WANTS_CONTACT = "the victim said that they would like contact"
    OWN_CONCERN = "a concern of the victim's own waits for a supervisor, and blocks contact"
    GOES_ON = "work goes on: no hold, and no concern of the victim's own"
    MAY_HAVE_MORE = "another contact is possible"
    MAY_ASK_AT_ONCE = "a new request is possible at once"
    MUST_WAIT = "a new request is possible after a time"
    SOMEBODY_OWES_A_CALL = "it is somebody's task to ring the victim"
    CASEWORKER_HAS_A_TASK = "a caseworker has something to do for the victim"
    NOT_STOPPED = "the last contact was not stopped, and need not be the last"
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
    NO_FURTHER_CONTACT = "it was decided that there is no further contact"
    CONTACT_OVER = "contact was stopped, or is to be the last"
    REASON_IS_SO = "this is the reason"
    OFFENDERS_REASON = "the reason was the offender's"
    VICTIMS_REASON = "the reason was the victim's"
    OFFENDER_DIED = "the offender's death is certain"
    MANAGER_ASKED = "a supervisor is asked to look at it"
    REVIEW_OPEN = "a review that the victim asked for is open"
    REVIEW_UPHELD = "a review agreed with the victim"
    REVIEW_NOT_UPHELD = "a review did not agree with the victim"
    PROMISE_KEPT = "the next update comes by the day that is named"
    NO_WORK_TOWARDS_CONTACT = "the request has ended, or after a contact no other one is planned"
    NO_PLAN = "no other contact is planned"
    FOLLOWED_UP = "somebody will ask how the victim is"
    LOOKED_AT_SOON = "a supervisor has until the next working day to decide on the victim's concern"
    ASKED_AFTER_HOLD = "a caseworker has to see to the end of the hold"
    NEVER = "something that nobody sees to, or that is not so for everybody who reads it"


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
    MessageKind.DAY_CALLED_OFF: (_C.TOLD, _C.OPEN, _C.DAY_FREE),
    MessageKind.REVIEW_RECEIVED: (_C.REVIEW_OPEN,),
    MessageKind.REVIEW_UPHELD: (_C.TOLD, _C.REVIEW_UPHELD),
    MessageKind.REVIEW_NOT_UPHELD: (_C.TOLD, _C.REVIEW_NOT_UPHELD),
}
"""What the opening of a message assumes, or all of one that does not say at which step the case is."""

OF_STEPS: dict[Step, tuple[Claim, ...]] = {
    Step.ASKING_VICTIM: (),
    Step.SCREENING: (_C.WANTS_CONTACT,),
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
    Variant.STOPPED_ON_HOLD: (_C.CONTACT_STOPPED, _C.ON_HOLD),
    Variant.NO_FURTHER_CONTACT: (_C.CONTACT_HELD, _C.NO_FURTHER_CONTACT, _C.NOT_ON_HOLD),
    Variant.NO_FURTHER_CONTACT_ON_HOLD: (_C.CONTACT_HELD, _C.NO_FURTHER_CONTACT, _C.ON_HOLD),
    Variant.OWN_CONCERN: (_C.OWN_CONCERN, _C.NOT_ON_HOLD),
}

PHRASES: tuple[tuple[str, Claim], ...] = (
    (r"You have told us that you would like contact|that you would like to take part", _C.WANTS_CONTACT),
    (r"You asked us to take this request up", _C.REOPENED),
    (r"You asked us for a break|paused, as you asked", _C.ON_HOLD_AS_WISHED),
    (r"You asked us(?! to take this request up| for a break| to look again)|[Yy]ou have asked", _C.NEVER),
    (r"request is paused", _C.ON_HOLD),
    (r"There will be no contact until", _C.OWN_CONCERN),
    (r"We are (getting ready|looking for|now looking|waiting)", _C.GOES_ON),
    (r"We have not (yet )?told|We are getting ready to tell", _C.NOT_APPROACHED),
    (r"has been told that", _C.APPROACHED),
    (r"willing to take part", _C.WILLING),
    (r"Thank you for taking part", _C.NOT_STOPPED),
    (r"If you would like further contact, you can ask", _C.MAY_HAVE_MORE),
    (r"You do not have to wait before you ask again|back to us at any time", _C.MAY_ASK_AT_ONCE),
    (r"You can make a new request now", _C.MAY_ASK_AT_ONCE),
    (r"You can make a new request after six months\.", _C.MUST_WAIT),
    (r"We will ring you", _C.SOMEBODY_OWES_A_CALL),
    (r"[Yy]our caseworker will (?!tell you\. E)", _C.CASEWORKER_HAS_A_TASK),
    (r"will (contact you|be in touch|write to you)|A caseworker there will", _C.NEVER),
    (r"A manager has been asked", _C.MANAGER_ASKED),
    (r"We have paused your request", _C.ON_HOLD),
    (r"we will ask you when it ends", _C.ASKED_AFTER_HOLD),
    (r"We are going on with your request", _C.NOT_ON_HOLD),
    (r"We have stopped work on your request", _C.ENDED),
    (r"We have stopped work towards contact", _C.NO_WORK_TOWARDS_CONTACT),
    (r"We have stopped planning another contact", _C.NO_PLAN),
    (r"We will still ask how you are|Over the coming weeks we will ask", _C.FOLLOWED_UP),
    (r"by the next working day", _C.LOOKED_AT_SOON),
    (r"Somebody who did not make the decision will look at it", _C.REVIEW_OPEN),
    (r"no further contact", _C.NO_FURTHER_CONTACT),
    (r"has stopped\.", _C.CONTACT_STOPPED),
    (r"stopped all|stop all", _C.NEVER),
)
"""What a text claims that has these words."""


def claims_of(view: VictimView) -> Iterator[Claim]:
    """What the words for `view` say or assume."""
    yield from dict.fromkeys((*_of_occasion(view), *claims_in(_text_for(view))))


@functools.cache
def claims_in(text: str) -> tuple[Claim, ...]:
    """What words claim, wherever somebody reads them."""
    return tuple(claim for phrase, claim in PHRASES if re.search(phrase, text))


@functools.cache
def _text_for(view: VictimView) -> str:
    return " ".join(astuple(explain(view)))


def _of_occasion(view: VictimView) -> Iterator[Claim]:
    """What the words for `view` assume because of what they are for."""
    yield Claim.TAKES_PART
    if view.message is not None:
        yield from OF_MESSAGES[view.message]
    if view.next_update_on is not None:
        yield Claim.PROMISE_KEPT
    if view.message in (MessageKind.DAY_CANCELLED, MessageKind.DAY_NOT_KEPT, MessageKind.DAY_CALLED_OFF, *REVIEWS):
        return
    if view.step is Step.CLOSED:
        yield Claim.ENDED
        yield from _of_ending(view)
    elif view.variant in OF_VARIANTS:
        yield Claim.OPEN
        yield from OF_VARIANTS[view.variant]
        if view.variant in PAUSED and view.message in SAYS_WHAT_HAPPENED:
            yield from _of_step(view)
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
        yield _C.CONTACT_OVER if view.variant in LAST_CONTACT else _C.NOT_STOPPED
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
