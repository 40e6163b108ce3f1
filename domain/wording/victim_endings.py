"""What the victim reads when a case has ended: a text for each reason that may be told, and one for the others.

The rules of `victim` apply here too. An end that nobody chose may hurt, so each text says what can still be done.
"""

from domain.reasons import Reason
from domain.wording.victim import VictimText

_TALK = "You can talk with your caseworker about what this means for you, and who else can support you."
"""In most texts of an end."""
_REVIEW = (
    "If you think this is wrong, you can ask us to look at it again. "
    "Somebody who did not make the decision will do that. "
    "Please ask within six months of the end of your request."
)
"""In each text of an end that somebody decided."""
_ASK_AGAIN = (
    "You can make a new request after six months. If we look again and agree with you, you do not have to wait."
)
"""Where contact was decided against, or could not take place."""
_COME_BACK = "If you change your mind, you can come back to us at any time."
"""Where the victim chose the end."""
_NO_BAR = "You do not have to wait before you ask again. You can come back to us at any time. "
"""Where the victim did not cause the end, and nobody decided against contact."""
_NO_FURTHER = "We will not go any further for now. "
_THINGS_CHANGE = "Things can change with time. " + _ASK_AGAIN + " " + _REVIEW
"""In several of the following."""

NOT_SHARED = VictimText(
    heading="We cannot go on with your request",
    happened=(
        "We cannot take your request any further. We are not able to tell you the reason. "
        "It does not mean you did anything wrong."
    ),
    next=_NO_FURTHER + _TALK,
    could_change=(
        "You can make a new request after six months, and sometimes sooner. Your caseworker can tell you. " + _REVIEW
    ),
)
"""An end for a reason that the victim may not know."""

FINISHED = VictimText(
    heading="Your request is complete",
    happened=(
        "Your contact with the person responsible took place. "
        "The time when we kept in touch with you afterwards is now over."
    ),
    next="You do not need to do anything. Thank you for taking part.",
    could_change="If you would like further contact, you can ask for it. " + _ASK_AGAIN + " " + _REVIEW,
)
"""The end after a meeting."""

FINISHED_AFTER_STOP = VictimText(
    heading="Your request has ended",
    happened="The time when we kept in touch with you after your contact with the person responsible is now over.",
    next="You do not need to do anything. " + _TALK,
    could_change=_REVIEW,
)
"""The end after a contact that was stopped, or that was to be the last one."""

_NOT_NOW_HEADING = "Contact will not go ahead at this time"
_NOT_NOW_NEXT = "This does not mean you did anything wrong. " + _NO_FURTHER + _TALK
"""In several of the following."""

AGREED = VictimText(
    heading=_NOT_NOW_HEADING,
    happened="We have talked with you about this. Contact will not go ahead, as we agreed with you.",
    next=_NO_FURTHER + _TALK,
    could_change=_THINGS_CHANGE,
)
"""An end for a reason of the victim's own."""

TAKEN_OVER_BY = "The service that has your request now is {new_service}. Your caseworker can tell you how to reach it."
"""What happens next after a transfer to another service, where the service is known by name."""

ENDINGS: dict[Reason, VictimText] = {
    Reason.DUPLICATE: VictimText(
        heading="We already have your request",
        happened="You already have a request with us about the same crime. We will carry on with that one.",
        next="You do not need to do anything. You can ask us about that one at any time.",
        could_change=_REVIEW,
    ),
    Reason.NO_STANDING: VictimText(
        heading="We cannot accept your request",
        happened=(
            "We work with people who were harmed by a crime, and with those close to them. "
            "From what you told us, we may not be the right service for you."
        ),
        next=_TALK,
        could_change="We may have misunderstood. " + _REVIEW,
    ),
    Reason.VICTIM_UNREACHABLE: VictimText(
        heading="We have not been able to reach you",
        happened=(
            "We tried to reach you about your request and could not. We have ended it for now. You did nothing wrong."
        ),
        next="Nothing more will happen unless you want it to.",
        could_change="If you would like to go on, please tell us. " + _NO_BAR + _REVIEW,
    ),
    Reason.VICTIM_MUST_ASK: VictimText(
        heading="Only the person who was harmed can ask",
        happened=(
            "Sometimes only the person who was harmed can ask us. For a child, a parent or guardian can. "
            "So we cannot accept this request."
        ),
        next="Nothing more will happen unless that person asks us.",
        could_change="The person who was harmed can ask us at any time. " + _REVIEW,
    ),
    Reason.OFFENDER_UNIDENTIFIED: VictimText(
        heading="It is not known who is responsible",
        happened="We can only help when we know who is responsible. At present this is not known.",
        next=_NO_FURTHER + _TALK,
        could_change="It may become known one day. " + _ASK_AGAIN + " " + _REVIEW,
    ),
    Reason.TRANSFERRED_OUT: VictimText(
        heading="Another service has your request now",
        happened="Another restorative justice service has your request now. It ends with us, and goes on with them.",
        next="Your caseworker can tell you the name of that service and how to reach it.",
        could_change=_NO_BAR + _REVIEW,
    ),
    Reason.OUTSIDE_AREA: VictimText(
        heading="Another service can look at your request",
        happened="Another service is the right one for what happened. So we cannot take your request any further here.",
        next="Your caseworker can tell you which service to ask.",
        could_change="If that service cannot help you, you can come back to us at any time. " + _REVIEW,
    ),
    Reason.NO_MATCH: VictimText(
        heading="We could not find a way to reach the person responsible",
        happened=(
            "We asked organisations that might have been able to help. "
            "We did not find a way to reach the person responsible. You did nothing wrong."
        ),
        next=_NO_FURTHER + _TALK,
        could_change=_THINGS_CHANGE,
    ),
    Reason.OFFENDER_DIED: VictimText(
        heading="The person responsible has died",
        happened=(
            "We are sorry to have to tell you that the person responsible has died. "
            "You may feel many different things about this, now or later."
        ),
        next="Contact with them is no longer possible. " + _TALK,
        could_change=("We cannot change this, but we can listen. You can contact your caseworker when you feel ready."),
    ),
    Reason.VICTIM_DIED: VictimText(
        heading="We are sorry for your loss",
        happened="The person who asked us for contact has died. We are very sorry. We have ended the request.",
        next="You do not need to do anything. " + _TALK,
        could_change="Somebody in the family can take the request up again at any time, if they would like to.",
    ),
    Reason.AGENCY_OBJECTS: VictimText(
        heading="We cannot go on with your request",
        happened=(
            "Some organisations have to agree before contact can go ahead. "
            "Not all of them agreed. We cannot tell you more about their reasons."
        ),
        next=_NOT_NOW_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.AGENCY_NO_RESPONSE: VictimText(
        heading="We cannot go on with your request",
        happened=(
            "To go on, we needed an answer from an organisation. We asked, but no answer came. "
            "We are sorry that you had to wait for it."
        ),
        next=_NO_FURTHER + _TALK,
        could_change=_NO_BAR + _REVIEW,
    ),
    Reason.OFFENDER_DECLINED: VictimText(
        heading="The person responsible does not want to take part",
        happened=(
            "The person responsible was asked and has said no. Everybody is free to choose. "
            "This does not mean you did anything wrong."
        ),
        next="We will not ask them again for now. " + _TALK,
        could_change="People sometimes change their minds. " + _ASK_AGAIN + " " + _REVIEW,
    ),
    Reason.OFFENDER_WITHDREW: VictimText(
        heading="The person responsible no longer wants to take part",
        happened=(
            "The person responsible has said that they no longer want to take part. "
            "Everybody is free to choose. This does not mean you did anything wrong."
        ),
        next="We will not ask them again for now. " + _TALK,
        could_change="People sometimes change their minds. " + _ASK_AGAIN + " " + _REVIEW,
    ),
    Reason.OFFENDER_UNREACHABLE: VictimText(
        heading="It was not possible to speak with the person responsible",
        happened=(
            "It was not possible to speak with the person responsible about your request. "
            "Without that, we cannot go on. You did nothing wrong."
        ),
        next=_NO_FURTHER + _TALK,
        could_change=_NO_BAR + _REVIEW,
    ),
    Reason.PARTIAL_RESPONSIBILITY: VictimText(
        heading=_NOT_NOW_HEADING,
        happened=(
            "The person responsible accepts only part of what they did. "
            "At present, contact could hurt you more than it helps."
        ),
        next=_NOT_NOW_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.REMORSE_NOT_EVIDENT: VictimText(
        heading=_NOT_NOW_HEADING,
        happened=(
            "The person responsible is not ready to take part. "
            "At present they do not show enough regret for what they did."
        ),
        next=_NOT_NOW_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.INAPPROPRIATE_BEHAVIOUR: VictimText(
        heading=_NOT_NOW_HEADING,
        happened=(
            "The person responsible is not ready to take part. "
            "The way they behave at present means that contact would not be right."
        ),
        next=_NOT_NOW_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.UNREALISTIC_EXPECTATIONS: VictimText(
        heading=_NOT_NOW_HEADING,
        happened="As we have talked about with you, contact might not give you what you hope for, and might upset you.",
        next=_NOT_NOW_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.STOPPED_FOR_SAFETY: VictimText(
        heading="Contact was stopped to keep everyone safe",
        happened="Contact was stopped to keep everyone safe. We have decided not to try again.",
        next=_NOT_NOW_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.VICTIM_NEEDS_MET: VictimText(
        heading="Your request is complete",
        happened="You told us that you have what you need. So we have ended your request, as you wished.",
        next="You do not need to do anything. We wish you well.",
        could_change=_COME_BACK,
    ),
    Reason.VICTIM_DOES_NOT_WANT: VictimText(
        heading="We have stopped, as you asked",
        happened="You told us that you do not want this. It is your choice, and you do not have to say why.",
        next="Nothing more will happen. Thank you for telling us.",
        could_change=_COME_BACK,
    ),
    Reason.VICTIM_WITHDREW: VictimText(
        heading="We have stopped, as you asked",
        happened=("You told us that you do not want to go on. It is your choice, and you do not have to say why."),
        next="Nothing more will happen. Thank you for telling us. " + _TALK,
        could_change=_COME_BACK,
    ),
}
"""A text for each reason that may be told and can end a case."""
