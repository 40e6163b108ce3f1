"""What an agency reads in emails and on the answer page. No text names anybody."""

from dataclasses import dataclass

from domain.events import CircumstancesChanged, DeathReported, Withdrawn
from domain.vocabulary import AgencyKind, Condition, Form, WaitKind, Whereabouts


@dataclass(frozen=True, slots=True)
class AgencyQuestion:
    """A request to an agency: in a few words, as a question, and in full."""

    topic: str
    title: str
    asked: str


@dataclass(frozen=True, slots=True)
class AgencyAnswer:
    """An answer to choose on the answer page, with what the agency should know before it does."""

    label: str
    hint: str


QUESTIONS: dict[WaitKind, AgencyQuestion] = {
    WaitKind.TRACE: AgencyQuestion(
        "trace",
        "Do you know where this person is?",
        "A victim would like restorative justice. Please find out whether the person responsible for the crime is "
        "known to you, where that person is now, and which kind of agency works with them.",
    ),
    WaitKind.AGENCY_CHECK: AgencyQuestion(
        "check",
        "Is there a reason not to offer restorative justice to this person?",
        "A victim would like restorative justice, and the person responsible for the crime has been found. Before we "
        "go on, please check whether there is a reason not to offer it to them, such as a licence condition or a court "
        "order.",
    ),
    WaitKind.APPROACH: AgencyQuestion(
        "approach",
        "Has this person been told about the request?",
        "No agency objects to offering restorative justice. Please tell the person responsible for the crime that it "
        "is on offer, that taking part is voluntary, and that they have time to think. Answer when you have told them.",
    ),
    WaitKind.OFFENDER_ANSWER: AgencyQuestion(
        "answer from the person",
        "Does the person want to take part?",
        "The person responsible for the crime has been told about the request and is considering it. Please pass "
        "on their answer. Taking part is voluntary: they may say no, or ask for more time.",
    ),
    WaitKind.ASSESSMENT: AgencyQuestion(
        "assessment",
        "Is the person ready for restorative justice?",
        "The person responsible for the crime has said that they are willing to take part. Please assess whether they "
        "still are, whether they are ready for it, and whether it is safe for everybody. Assess this person only: we "
        "assess the victim ourselves.",
    ),
}
"""In the email with the link, and on the answer page: words for the subject, the heading, and the request in full."""

OTHER_NEWS: dict[str, AgencyAnswer] = {
    DeathReported.name: AgencyAnswer("The person has died", "Contact stops, and we make sure before anybody is told."),
    CircumstancesChanged.name: AgencyAnswer(
        "The person has moved, or somebody else works with them now",
        "If you know which prison or team it is, write it below.",
    ),
    Withdrawn.name: AgencyAnswer("The person no longer wants to take part", "They do not have to say why."),
}
"""What an agency can say of the person with each request after the trace, next to the answers to its question."""

WHEREABOUTS_LABELS: dict[Whereabouts, str] = {
    Whereabouts.CUSTODY: "In custody",
    Whereabouts.COMMUNITY_SUPERVISED: "In the community, under supervision",
    Whereabouts.ON_BAIL: "On bail",
    Whereabouts.UNSUPERVISED: "In the community, not supervised",
    Whereabouts.HOSPITAL: "In a secure hospital",
    Whereabouts.IMMIGRATION_DETENTION: "In immigration detention",
    Whereabouts.ABROAD: "Abroad",
}

RESPONSIBLE_LABELS: dict[AgencyKind, str] = {
    AgencyKind.PRISON: "A prison",
    AgencyKind.PROBATION: "Probation",
    AgencyKind.YOUTH_OFFENDING_TEAM: "A youth offending team",
    AgencyKind.COURT: "A court",
    AgencyKind.CHARITY: "A charity",
    AgencyKind.POLICE: "The police",
    AgencyKind.HOSPITAL: "A hospital",
    AgencyKind.IMMIGRATION: "Immigration enforcement",
    AgencyKind.RESTORATIVE_SERVICE: "No agency: please contact them directly",
}

FORM_LABELS: dict[Form, str] = {
    Form.FACE_TO_FACE: "Meeting face to face",
    Form.VIDEO: "Video call",
    Form.PHONE: "Telephone call",
    Form.LETTER: "Letters",
    Form.MESSAGE: "Messages, passed on",
    Form.SHUTTLE: "Shuttle mediation (a go-between speaks to each in turn)",
}
"""The choices on the answer page; an update names the type of contact too."""

CONDITION_LABELS: dict[Condition, str] = {
    Condition.INDIRECT_ONLY: "Indirect contact only, such as letters",
    Condition.STAFF_PRESENT: "A member of our staff is present",
    Condition.SECURE_VENUE: "Contact takes place at a secure venue",
    Condition.AREA_EXCLUDED: "Contact does not take place in a certain area: write below which",
}
"""What an agency that does not object can ask for; the day before which there is no contact has a field of its own."""
