"""What the victim reads while a case is open: a text for each step, and an opening for each message.

Written for people in a hard moment: short sentences, plain words, and no promise that may not be kept. No text says
or hints where the person responsible is, who works with them, who was asked, or what was found out about anybody: the
Victim Contact Scheme does not tell victims where somebody is held.
"""

from dataclasses import dataclass

from domain.reasons import Reason
from domain.victim_notifications import MessageKind
from domain.vocabulary import Stage, Step


@dataclass(frozen=True, slots=True)
class VictimText:
    """What happened, what happens next and what could change it; `heading` says it in one line."""

    heading: str
    happened: str
    next: str
    could_change: str


@dataclass(frozen=True, slots=True)
class MessageOpening:
    """How a message begins; an empty heading leaves that of the step."""

    sentences: str
    heading: str = ""


_YOU_CAN_STOP = "You can stop at any time, and you do not have to say why."
"""The last words of most texts while a case is open."""

NOT_YET = "We have looked at whether contact can go ahead. For now, the answer is not yet."
"""Before the reason, where it may be told."""
ANOTHER_NOT_YET = "We have looked at whether another contact can go ahead. For now, the answer is not yet."
"""The same before another contact."""

STEPS: dict[Step, VictimText] = {
    Step.ASKING_VICTIM: VictimText(
        heading="Would you like to take part?",
        happened=(
            "Somebody suggested that restorative justice could be right for you. "
            "It means contact between you and the person responsible, with trained people to help."
        ),
        next=(
            "Your caseworker will talk with you about it. "
            "You can say yes, say no, or take more time to think. "
            "We are waiting for your answer, and there is no rush."
        ),
        could_change="It is your choice. If you say no, nothing more will happen.",
    ),
    Step.SCREENING: VictimText(
        heading="We have your request",
        happened=(
            "You have told us that you would like contact with the person responsible. "
            "This is called restorative justice."
        ),
        next=(
            "A caseworker will look at your request, and check that we are the right people to help you. "
            "If we are, we will look for a way to reach the person responsible."
        ),
        could_change=(
            "Nobody is forced to take part. You can ask for a meeting, but it may not take place. " + _YOU_CAN_STOP
        ),
    ),
    Step.TRACING: VictimText(
        heading="We are looking for a way to reach the person responsible",
        happened="We have looked at your request, and it can go on.",
        next=(
            "We are looking for a way to reach the person responsible. "
            "We may have to ask several organisations, so this can take some weeks. "
            "If we find a way, we will check that it is safe and right to go on."
        ),
        could_change="We may not find a way. If so, we will tell you. " + _YOU_CAN_STOP,
    ),
    Step.AGENCY_CHECK: VictimText(
        heading="We have found a way to reach the person responsible",
        happened=(
            "We have found a way to reach the person responsible. "
            "We have not told them yet that you would like to take part."
        ),
        next=(
            "First we make sure that it is safe and right to tell them. "
            "We are waiting to hear from organisations that have a say in this. It can take some weeks."
        ),
        could_change="If we find that we cannot go on, we will tell you. " + _YOU_CAN_STOP,
    ),
    Step.APPROACHING: VictimText(
        heading="We are getting ready to ask the person responsible",
        happened="We have not yet told the person responsible that you would like to take part.",
        next=(
            "We are getting ready to tell them. "
            "They are told only when it is safe and right, and by the right person. "
            "They will then have time to think about it."
        ),
        could_change="They may say yes or no. Nobody is forced to take part. " + _YOU_CAN_STOP,
    ),
    Step.REFLECTING: VictimText(
        heading="The person responsible knows that you would like to take part",
        happened=(
            "The person responsible has been told that you would like to take part. They have time to think about it."
        ),
        next=(
            "We are waiting for their answer. They can say yes, say no, or ask for more time. "
            "We will tell you what happens next."
        ),
        could_change=(
            "Nobody can be made to take part. If they say no, it does not mean you did anything wrong. " + _YOU_CAN_STOP
        ),
    ),
    Step.ASSESSING: VictimText(
        heading="We are looking at whether contact would be safe and would help",
        happened="The person responsible has said that they are willing to take part.",
        next=(
            "We are now looking at whether contact would be safe and would help. "
            "Trained people talk with each of you, one at a time. "
            "You can say what you hope for and what worries you."
        ),
        could_change=(
            "We may find that now is not the right time. "
            "Sometimes a letter or a message is possible when a meeting is not. " + _YOU_CAN_STOP
        ),
    ),
    Step.NOT_YET: VictimText(
        heading="Contact cannot go ahead yet",
        happened=(
            NOT_YET + " There can be many reasons for this, on either side. It does not mean you did anything wrong."
        ),
        next="We will look at it again later. You do not need to do anything until then.",
        could_change=(
            "Things can change with time, and not yet does not mean no. "
            "If something changes for you, please tell your caseworker. " + _YOU_CAN_STOP
        ),
    ),
    Step.PREPARING: VictimText(
        heading="Getting ready for contact",
        happened="Your request has reached the stage where people get ready for contact.",
        next=(
            "Your caseworker will talk with you about how it could happen. "
            "Some people meet or speak on the phone. Others write, or send a message. "
            "We set a day only when everyone is ready, and it is safe."
        ),
        could_change=(
            "Getting ready can take weeks or months. Each of you can still change your mind. " + _YOU_CAN_STOP
        ),
    ),
    Step.SCHEDULED: VictimText(
        heading="The day that was set",
        happened="A day was set for contact between you and the person responsible. It has now passed.",
        next="Your caseworker will talk with you about what happens next.",
        could_change="Each of you can still change your mind. " + _YOU_CAN_STOP,
    ),
    Step.FOLLOWING_UP: VictimText(
        heading="Your contact with the person responsible has taken place",
        happened=(
            "Your contact with the person responsible has taken place. "
            "Thank you for taking part. We know that it can ask a lot of you."
        ),
        next=(
            "Over the coming weeks we will ask how you are. If anything was agreed, we will ask whether it was done."
        ),
        could_change=(
            "How you feel about it may change. You can talk to your caseworker at any time. "
            "You do not have to wait for us to ask."
        ),
    ),
}
"""For each step of an open case: sent when a milestone is reached there, and in each regular update meanwhile."""

DAY_SET = VictimText(
    heading="A day has been set",
    happened="A day has been set for contact between you and the person responsible: {day}.",
    next=(
        "Your caseworker will go through the details with you. "
        "Before the day, we make sure that you still want to go ahead."
    ),
    could_change=(
        "The day may have to change. If it does, your caseworker will tell you. "
        "Each of you can still change your mind. " + _YOU_CAN_STOP
    ),
)
"""While a day is set that has not passed."""

AGAIN: dict[tuple[Stage, Step], VictimText] = {
    (Stage.READINESS_ASSESSED, Step.ASSESSING): VictimText(
        heading="We are looking again at whether contact can go ahead",
        happened="For a time the answer was that contact could not go ahead yet. It is time to look at it again.",
        next=STEPS[Step.ASSESSING].next,
        could_change=STEPS[Step.ASSESSING].could_change,
    ),
    (Stage.MEETING_HELD, Step.ASSESSING): VictimText(
        heading="We are looking at whether another contact would be safe and would help",
        happened=(
            "Before another contact with the person responsible, we look at whether it would be safe and would help."
        ),
        next=STEPS[Step.ASSESSING].next,
        could_change=STEPS[Step.ASSESSING].could_change,
    ),
    (Stage.MEETING_HELD, Step.NOT_YET): VictimText(
        heading="Another contact cannot go ahead yet",
        happened=(
            ANOTHER_NOT_YET
            + " There can be many reasons for this, on either side. It does not mean you did anything wrong."
        ),
        next=STEPS[Step.NOT_YET].next,
        could_change=STEPS[Step.NOT_YET].could_change,
    ),
    (Stage.MEETING_HELD, Step.PREPARING): VictimText(
        heading="Getting ready for another contact",
        happened="Your request has reached the stage where people get ready for another contact.",
        next=(
            "Your caseworker will talk with you about how it could happen. "
            "We set a day only when everyone is ready. "
            "We will also go on asking how you are after your earlier contact."
        ),
        could_change=STEPS[Step.PREPARING].could_change,
    ),
    (Stage.MEETING_HELD, Step.SCHEDULED): VictimText(
        heading="The day that was set for another contact",
        happened="A day was set for another contact between you and the person responsible. It has now passed.",
        next=STEPS[Step.SCHEDULED].next,
        could_change=STEPS[Step.SCHEDULED].could_change,
    ),
}
"""Instead, where a step comes again after a later milestone."""

ON_HOLD = VictimText(
    heading="Your request is paused for now",
    happened="Your request is paused for now. It has not ended, and nothing is lost.",
    next="We will go on as soon as we can. You do not need to do anything.",
    could_change="You can talk with your caseworker about the pause at any time. " + _YOU_CAN_STOP,
)
"""In each update while the case is on hold, whatever for."""
ON_HOLD_AS_WISHED = VictimText(
    heading="Your request is paused, as you asked",
    happened="You asked us for a break, so your request is paused. It has not ended, and nothing is lost.",
    next="We will go on when you are ready. Please tell your caseworker when you are.",
    could_change="You can go on sooner, or take more time. " + _YOU_CAN_STOP,
)
"""In each update while the case is on hold because the victim wishes it."""
OWN_CONCERN = VictimText(
    heading="We are looking at your request with care",
    happened="We are looking at your request with care.",
    next="There will be no contact until a manager has looked at this. You do not need to do anything.",
    could_change="You can ring us at any time. " + _YOU_CAN_STOP,
)
"""Until a manager has decided on a concern of the victim's own: others may read it, and learn nothing of that."""
REOPENED = VictimText(
    heading="We have taken this request up again",
    happened="You asked us to take this request up again, and we have done so. Some things may have to be done again.",
    next="We are waiting for answers that we need before we can go on. This can take some weeks.",
    could_change=(
        "Nobody is forced to take part. We may find that we cannot go on. If so, we will tell you. " + _YOU_CAN_STOP
    ),
)
"""The same whatever the reason of the earlier end was, and wherever the case goes on; the family may go on with it."""

STOPPED = VictimText(
    heading="Your contact with the person responsible has stopped",
    happened="Your contact with the person responsible has stopped. It does not mean you did anything wrong.",
    next="Over the coming weeks we will ask how you are. Your caseworker can talk with you about it.",
    could_change="You can talk to your caseworker at any time. You do not have to wait for us to ask.",
)
"""After a contact that was stopped; a person tells it first."""
STOPPED_ON_HOLD = VictimText(
    heading=STOPPED.heading,
    happened=f"{STOPPED.happened} {ON_HOLD.happened}",
    next=ON_HOLD.next,
    could_change=STOPPED.could_change,
)
"""The same while the case is on hold."""
NO_FURTHER_CONTACT = VictimText(
    heading="There will be no further contact",
    happened=(
        "We have decided that there will be no further contact with the person responsible. "
        "It does not mean you did anything wrong."
    ),
    next=STOPPED.next,
    could_change=STOPPED.could_change,
)
"""After a decision that the last contact was to be the last; a person tells it first."""
NO_FURTHER_CONTACT_ON_HOLD = VictimText(
    heading=NO_FURTHER_CONTACT.heading,
    happened=f"{NO_FURTHER_CONTACT.happened} {ON_HOLD.happened}",
    next=ON_HOLD.next,
    could_change=STOPPED.could_change,
)
"""The same while the case is on hold."""
OWN_REASON = VictimText(
    heading="Not yet, as we agreed with you",
    happened="We have talked with you about this. Contact will not go ahead for now, as we agreed with you.",
    next="We will look at it again later, with you. You do not need to do anything until then.",
    could_change="If something changes for you, please tell your caseworker. " + _YOU_CAN_STOP,
)
"""Contact cannot go ahead yet, for a reason of the victim's own."""

APPOINTMENT_ON = "Your appointment on {day} will not take place. Please do not travel. We are sorry."
"""What happened, where the day can be named."""
DAY_CANCELLED = VictimText(
    heading="Your appointment will not take place",
    happened="Your appointment will not take place. Please do not travel. We are sorry.",
    next="We will ring you.",
    could_change="You can also ring us at any time.",
)
"""Two hours after a meeting day was cancelled, if nobody has told the victim. Others may see it, and learn nothing."""

DAY_NOT_KEPT = VictimText(
    heading="The day that was set will not be kept",
    happened=(
        "The day that was set for contact between you and the person responsible has been cancelled. "
        "We are sorry. It does not mean you did anything wrong."
    ),
    next="Your caseworker can tell you what happens next. A new day needs everybody to agree again.",
    could_change=_YOU_CAN_STOP,
)
"""The letter after a person has told the victim that the day is cancelled."""
DAY_CALLED_OFF = VictimText(
    heading=DAY_NOT_KEPT.heading,
    happened=(
        "You told us that you do not want contact as it was planned. "
        "So the day that was set for contact has been cancelled."
    ),
    next=DAY_NOT_KEPT.next,
    could_change=DAY_NOT_KEPT.could_change,
)
"""The letter instead, where the victim changed their own consent."""

REVIEWS: dict[MessageKind, VictimText] = {
    MessageKind.REVIEW_RECEIVED: VictimText(
        heading="We have your request to look again",
        happened="You asked us to look again at a decision. Thank you for telling us.",
        next="Somebody who did not make the decision will look at it. We will tell you what they find.",
        could_change="You can tell your caseworker anything that you would like them to know.",
    ),
    MessageKind.REVIEW_UPHELD: VictimText(
        heading="We have looked again, and we agree with you",
        happened=(
            "You asked us to look again at a decision. Somebody who did not make it has done so, and agrees with you."
        ),
        next="You can talk with your caseworker about what happens now.",
        could_change=_YOU_CAN_STOP,
    ),
    MessageKind.REVIEW_NOT_UPHELD: VictimText(
        heading="We have looked again at the decision",
        happened=(
            "You asked us to look again at a decision. Somebody who did not make it has done so. "
            "They have found that the decision stays as it is."
        ),
        next="You can talk with your caseworker about what this means for you.",
        could_change="If you are not happy with this, you can complain. Your caseworker can tell you how.",
    ),
}
"""When a review that the victim asked for is received, at once, and when it is decided."""

OPENINGS: dict[MessageKind, MessageOpening] = {
    MessageKind.ACKNOWLEDGED: MessageOpening("Thank you for telling us what you want."),
    MessageKind.MILESTONE: MessageOpening("There is news about your request."),
    MessageKind.UPDATE: MessageOpening(
        "This is our regular update, so that you know what is happening. You may already know some of what it says.",
        heading="An update on your request",
    ),
    MessageKind.LONG_WAIT: MessageOpening(
        "This is taking longer than it should. We are sorry. A manager has been asked to look at it. "
        "If you are not happy with how long it takes, you can complain. Your caseworker can tell you how.",
        heading="An update on your request",
    ),
    MessageKind.ENDED: MessageOpening("We are writing to tell you how your request has ended."),
    MessageKind.CORRECTED: MessageOpening(
        "Something that we told you about your request was wrong. We are sorry. This is what is right.",
        heading="A correction to what we told you",
    ),
    MessageKind.TRANSFERRED: MessageOpening(
        "Another part of our service looks after your request now.",
        heading="Others in our service have your request now",
    ),
    MessageKind.CONTACT_PLANNED: MessageOpening("There is news about your request."),
    MessageKind.CONTACT_DROPPED: MessageOpening(
        "The other contact will not go ahead. This does not mean you did anything wrong.",
        heading="The other contact will not go ahead",
    ),
}
"""How a message begins, by its occasion.

`acknowledged` answers a request, or the victim's yes, at once. `milestone` is for a new stage, the offender's yes and a
day that is set; also for *not yet* and contact that stopped, once a person has told them. `update` comes every four
weeks without other news, `long_wait` from the third in a row on. `ended` is for an end, one that the victim did not
choose once a person has told it. `corrected` follows a message that was wrong. `transferred` is for another area, the
last two for another contact.
"""

REVIEW_UPHELD_AFTER_END = VictimText(
    heading=REVIEWS[MessageKind.REVIEW_UPHELD].heading,
    happened=REVIEWS[MessageKind.REVIEW_UPHELD].happened,
    next=f"{REVIEWS[MessageKind.REVIEW_UPHELD].next} You can make a new request now. You do not have to wait.",
    could_change="It is your choice whether to do that.",
)
"""Where the request had ended and can be made again."""

NEXT_UPDATE = "You will hear from us again by {day}, even if nothing has changed by then."
"""At the end of every message while the case is open."""
WE_KEEP_IN_TOUCH = "After this we will keep in touch with you as before."
"""Instead, where a person gives the news."""
NO_MESSAGES = "We are not sending you messages for now. You can ask us to at any time."
"""Instead, where no message will come."""
NO_MORE_MESSAGES = "We will not write about this request again unless you ask us to."
"""Instead, after the end."""

NOT_YET_BECAUSE: dict[Reason, str] = {
    Reason.PARTIAL_RESPONSIBILITY: (
        "At present the person responsible accepts only part of what they did. "
        "Some people still want contact, and some do not. Your caseworker can talk this through with you."
    ),
    Reason.REMORSE_NOT_EVIDENT: (
        "At present the person responsible does not show enough regret for what they did. "
        "Some people still want contact, and some do not. Your caseworker can talk this through with you."
    ),
    Reason.INAPPROPRIATE_BEHAVIOUR: (
        "The way the person responsible behaves at present means that contact would not be right yet."
    ),
    Reason.UNREALISTIC_EXPECTATIONS: (
        "As we have talked about with you, contact might not give you what you hope for now, and might upset you."
    ),
}
"""Why contact cannot go ahead yet, for each reason that may be told; the others have no words here."""

SUBJECT = "About your request {ref}"
"""Says nothing of the case: a subject shows on locked screens, and in lists that others see."""
GREETING = "Dear {name},"
"""At the beginning of each message."""
GREETING_WITHOUT_NAME = "Hello,"
"""Where the victim's name is not known."""
REFERENCE = "Your reference is {ref}."
"""In each letter and email."""
ABOUT = "This message is about: {about}."
"""The victim's own words for the case, or the name of their child."""
FROM_CASEWORKER = "This message is from {service}. Your caseworker is {caseworker}. You can ring them on {phone}."
"""In each letter and email, where somebody has the case."""
FROM_SERVICE = "This message is from {service}. You can ring us on {phone} and ask for a caseworker."
"""Instead, where nobody has it."""
SUPPORT = "If you would like to talk to somebody outside our service, you can ring {support}."
"""In each letter and email: the area's support line."""
COMPLAINTS = "If you are unhappy with something we did, you can complain. {complaints}"
"""In each letter and email: how to complain in the area."""
HOW_TO_CHANGE = (
    "You can change how you hear from us, or ask us to stop, at any time. You do not have to say why. "
    "To do that, or to ask us anything, please ring us."
)
"""At the end of each letter."""
HOW_TO_CHANGE_BY_REPLY = (
    "You can change how you hear from us, or ask us to stop, at any time. You do not have to say why. "
    "To do that, or to ask us anything, reply to this message or ring us."
)
"""Instead, in an email."""
BRIEF_ABOUT = "About: {about}."
BRIEF_FROM = "From {service}. {caseworker}: {phone}."
BRIEF_CASEWORKER = "Your caseworker"
BRIEF_SUPPORT = "To talk to somebody else: {support}."
BRIEF_COMPLAINTS = "To complain: {complaints}"
BRIEF_HOW_TO_CHANGE = "To change or stop these messages, ring us."
"""At the end of each text message."""
NEUTRAL_CASEWORKER = "You can ring {caseworker} on {phone}."
NEUTRAL_NUMBER = "You can ring us on {phone}."
"""All that a neutral message says of who it is from."""
MORE_BY_TELEPHONE = "There is more to say than fits here. Please ring us to hear it."
"""At the end of a text message that is too long otherwise."""
