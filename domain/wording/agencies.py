"""What an agency reads when it is asked, by mail and on the page where it answers. No wording names anybody."""

from dataclasses import dataclass

from domain.vocabulary import Side, WaitKey, WaitKind, wait_key


@dataclass(frozen=True, slots=True)
class AgencyQuestion:
    """What is asked: in a few words, as one question, and in full."""

    topic: str
    title: str
    asked: str


QUESTIONS: dict[WaitKind, AgencyQuestion] = {
    WaitKind.TRACE: AgencyQuestion(
        "trace",
        "Do you know where this person is?",
        "A victim has asked for restorative justice. Please find out whether the person responsible for the crime is "
        "known to you, where that person is now, and which kind of agency works with them.",
    ),
    WaitKind.AGENCY_CHECK: AgencyQuestion(
        "check",
        "Is there a reason not to offer restorative justice to this person?",
        "A victim has asked for restorative justice, and the person responsible for the crime has been found. Before "
        "that person is told, please check whether anything stands against offering it to them, such as a licence "
        "condition or a court order.",
    ),
    WaitKind.APPROACH: AgencyQuestion(
        "approach",
        "Has this person been told of the request?",
        "No agency objects to offering restorative justice. Please tell the person responsible for the crime that it "
        "is on offer, that taking part is voluntary, and that they have time to think. Answer when you have told them.",
    ),
    WaitKind.OFFENDER_ANSWER: AgencyQuestion(
        "answer from the person",
        "Does the person want to take part?",
        "The person responsible for the crime has been told of the request and is thinking about it. Please pass on "
        "what they answer. Taking part is voluntary: they may say no, or ask for more time.",
    ),
    WaitKind.ASSESSMENT: AgencyQuestion(
        "assessment",
        "Is the person ready for restorative justice?",
        "The person responsible for the crime is willing to take part. Please assess whether they are ready for it, "
        "and whether it is safe for everybody.",
    ),
}
"""What an agency can be asked."""

_OF_THE_VICTIM = AgencyQuestion(
    "assessment",
    "Is the victim ready for restorative justice?",
    "The person responsible for the crime is willing to take part. Please assess whether the victim is ready for it, "
    "and whether it is safe for everybody.",
)


def question_of(kind: WaitKind, wait: WaitKey) -> AgencyQuestion:
    """The words of what is asked for `wait`: an assessment can be of either side."""
    return _OF_THE_VICTIM if wait == wait_key(WaitKind.ASSESSMENT, Side.VICTIM) else QUESTIONS[kind]
