"""What the victim reads when a case has ended: words for each reason that may be told, and some for the rest.

The rules of `wordings` hold here too. An end that nobody chose may hurt: each set says what can still be
done.
"""

from domain.reasons import Reason
from domain.wording.victim import Words

_TALK = "You can talk with your caseworker about what this means for you, and who else can support you."
_REVIEW = (
    "If you think that this is wrong, you can ask us to look at it again. "
    "Someone who did not make the decision will do that. "
    "Please ask within six months of the end of your request."
)
_ASK_AGAIN = (
    "You can make a new request when six months have passed. If a review finds in your favour, you do not have to wait."
)
_COME_BACK = "If you change your mind, you can come back to us at any time."
_NO_FURTHER = "We will not go any further for now. "
_THINGS_CHANGE = "Things can change with time. " + _ASK_AGAIN + " " + _REVIEW

NOT_SHARED = Words(
    heading="We cannot go on with your request",
    happened=(
        "We cannot take your request any further. We are not able to share the reason with you. "
        "It is not a judgement of you or of what you have been through."
    ),
    next=_NO_FURTHER + _TALK,
    could_change=_THINGS_CHANGE,
)
"""An end for a reason that the victim may not know."""

FINISHED = Words(
    heading="Your request is complete",
    happened=(
        "Your contact with the person responsible took place. The time in which we kept asking how you are is now over."
    ),
    next="You do not need to do anything. Thank you for taking part.",
    could_change="If you would like further contact, you can ask for it. " + _ASK_AGAIN + " " + _REVIEW,
)
"""The end after a meeting."""

_JUDGED_HEADING = "Contact will not go ahead at this time"
_JUDGED_NEXT = "It is not a judgement of you. " + _NO_FURTHER + _TALK

ENDINGS: dict[Reason, Words] = {
    Reason.DUPLICATE: Words(
        heading="We already have your request",
        happened="You already have a request with us about the same crime. We are going on with that one.",
        next="You do not need to do anything. We will write to you about the request that goes on.",
        could_change=_REVIEW,
    ),
    Reason.NO_STANDING: Words(
        heading="We cannot take up your request",
        happened=(
            "We work with people who were harmed by a crime and with those close to them. "
            "As far as we can see, your request is not one of these."
        ),
        next=_TALK,
        could_change="We may have misunderstood. " + _REVIEW,
    ),
    Reason.VICTIM_UNREACHABLE: Words(
        heading="We have not been able to reach you",
        happened=(
            "We tried to reach you about your request and could not. We have ended it for now. You did nothing wrong."
        ),
        next="Nothing more will happen unless you want it to.",
        could_change="If you would like to go on, please tell us. " + _ASK_AGAIN + " " + _REVIEW,
    ),
    Reason.VICTIM_MUST_ASK: Words(
        heading="Only the person who was harmed can ask",
        happened=(
            "Sometimes only the person who was harmed can ask us. For a child, a parent or guardian can. "
            "So we cannot take up this request."
        ),
        next="Nothing more will happen unless that person asks us.",
        could_change="The person who was harmed can ask us at any time. " + _REVIEW,
    ),
    Reason.OFFENDER_UNIDENTIFIED: Words(
        heading="It is not known who is responsible",
        happened="We can only help where it is known who is responsible. At present this is not known.",
        next=_NO_FURTHER + _TALK,
        could_change="It may become known one day. " + _ASK_AGAIN + " " + _REVIEW,
    ),
    Reason.OUTSIDE_AREA: Words(
        heading="Another service can look at your request",
        happened="Another service covers what happened. So we cannot take your request any further here.",
        next="Your caseworker can tell you which service to ask.",
        could_change=_REVIEW,
    ),
    Reason.NO_MATCH: Words(
        heading="We could not find a way to reach the person responsible",
        happened=(
            "We asked organisations that might have been able to help. "
            "We did not find a way to reach the person responsible. You did nothing wrong."
        ),
        next=_NO_FURTHER + _TALK,
        could_change=_THINGS_CHANGE,
    ),
    Reason.DECEASED: Words(
        heading="The person responsible has died",
        happened=(
            "We are sorry to have to tell you that the person responsible has died. "
            "You may feel many different things about this, now or later."
        ),
        next="Contact with them is no longer possible. " + _TALK,
        could_change=(
            "We cannot change this, but we can listen. "
            "You can contact your caseworker when you feel ready, and at any time in the next six months."
        ),
    ),
    Reason.AGENCY_OBJECTS: Words(
        heading="We cannot go on with your request",
        happened=(
            "Some organisations have to agree before contact can go ahead. "
            "Not all of them agreed. We cannot tell you more about their reasons."
        ),
        next=_JUDGED_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.AGENCY_NO_RESPONSE: Words(
        heading="We cannot go on with your request",
        happened=(
            "We needed an answer from an organisation to go on. We asked, and it did not come. "
            "We are sorry that you waited for it."
        ),
        next=_NO_FURTHER + _TALK,
        could_change=_THINGS_CHANGE,
    ),
    Reason.OFFENDER_DECLINED: Words(
        heading="The person responsible does not want to take part",
        happened=(
            "The person responsible was asked and has said no. Each side is free to choose. "
            "It is not a judgement of you."
        ),
        next="We will not ask them again for now. " + _TALK,
        could_change="People sometimes change their minds. " + _ASK_AGAIN + " " + _REVIEW,
    ),
    Reason.OFFENDER_WITHDREW: Words(
        heading="The person responsible no longer wants to take part",
        happened=(
            "The person responsible has said that they no longer want to take part. "
            "Each side is free to choose. It is not a judgement of you."
        ),
        next="We will not ask them again for now. " + _TALK,
        could_change="People sometimes change their minds. " + _ASK_AGAIN + " " + _REVIEW,
    ),
    Reason.OFFENDER_UNREACHABLE: Words(
        heading="It was not possible to speak with the person responsible",
        happened=(
            "It was not possible to speak with the person responsible about your request. "
            "Without that, we cannot go on. You did nothing wrong."
        ),
        next=_NO_FURTHER + _TALK,
        could_change=_THINGS_CHANGE,
    ),
    Reason.PARTIAL_RESPONSIBILITY: Words(
        heading=_JUDGED_HEADING,
        happened=(
            "The person responsible accepts only a part of what they did. "
            "As things are, contact could hurt you more than it helps."
        ),
        next=_JUDGED_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.REMORSE_NOT_EVIDENT: Words(
        heading=_JUDGED_HEADING,
        happened=(
            "The person responsible is not ready to take part. "
            "At present they do not show enough regret for what they did."
        ),
        next=_JUDGED_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.INAPPROPRIATE_BEHAVIOUR: Words(
        heading=_JUDGED_HEADING,
        happened=(
            "The person responsible is not ready to take part. "
            "The way they behave at present means that contact would not be right."
        ),
        next=_JUDGED_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.UNREALISTIC_EXPECTATIONS: Words(
        heading=_JUDGED_HEADING,
        happened="It seems that contact could not give what is hoped for from it, and that it could hurt.",
        next=_JUDGED_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.STOPPED_FOR_SAFETY: Words(
        heading="Contact was stopped to keep everyone safe",
        happened="Contact was stopped to keep everyone safe. We have decided not to try again.",
        next=_JUDGED_NEXT,
        could_change=_THINGS_CHANGE,
    ),
    Reason.VICTIM_NEEDS_MET: Words(
        heading="Your request is complete",
        happened="You told us that you have what you need. So we have ended your request, as you wished.",
        next="You do not need to do anything. We wish you well.",
        could_change=_COME_BACK,
    ),
    Reason.VICTIM_DOES_NOT_WANT: Words(
        heading="We have stopped, as you asked",
        happened="You told us that you do not want this. It is your choice, and you do not have to say why.",
        next="Nothing more will happen. Thank you for telling us.",
        could_change=_COME_BACK,
    ),
    Reason.VICTIM_WITHDREW: Words(
        heading="We have stopped, as you asked",
        happened=("You told us that you do not want to go on. It is your choice, and you do not have to say why."),
        next="Nothing more will happen. Thank you for telling us. " + _TALK,
        could_change=_COME_BACK,
    ),
}
"""The words for each reason that may be told and can end a case."""
