"""What staff read about a case: labels of codes, what a case waits for, and who can do what about it."""

from dataclasses import dataclass

from domain.reasons import Reason
from domain.vocabulary import AgencyKind, AskProblem, Contact, DeadlineKind, Stage, Step, WaitKind

STAGE_LABELS: dict[Stage, str] = {
    Stage.REQUESTED: "requested",
    Stage.OFFENDER_TRACED: "offender traced",
    Stage.OFFENDER_APPROACHED: "offender approached",
    Stage.READINESS_ASSESSED: "readiness assessed",
    Stage.MEETING_HELD: "meeting held",
    Stage.DECLINED: "closed without a meeting",
}

STEP_LABELS: dict[Step, str] = {
    Step.ASKING_VICTIM: "contacting victim",
    Step.SCREENING: "screening",
    Step.TRACING: "tracing offender",
    Step.AGENCY_CHECK: "agency checks",
    Step.APPROACHING: "approaching offender",
    Step.REFLECTING: "offender considering",
    Step.ASSESSING: "assessing readiness",
    Step.NOT_YET: "deferred for review",
    Step.PREPARING: "preparing",
    Step.SCHEDULED: "meeting arranged",
    Step.FOLLOWING_UP: "following up",
    Step.CLOSED: "closed",
}
"""In all lists, in `rj show` and `rj explain`: where a case is."""

AGENCY_NAMES: dict[AgencyKind, str] = {
    AgencyKind.VLO: "the VLO",
    AgencyKind.PROBATION: "probation",
    AgencyKind.YOUTH_OFFENDING_TEAM: "the youth offending team",
    AgencyKind.PRISON: "the prison",
    AgencyKind.HMPPS_REHUB: "the HMPPS ReHub",
    AgencyKind.COURT: "the court",
    AgencyKind.CHARITY: "the charity",
    AgencyKind.RESTORATIVE_SERVICE: "the restorative service",
    AgencyKind.POLICE: "the police",
    AgencyKind.HOSPITAL: "the hospital",
    AgencyKind.IMMIGRATION: "immigration enforcement",
}
"""Each kind of agency within a sentence."""

REASON_LABELS: dict[Reason, str] = {
    Reason.DUPLICATE: "the same request is already open",
    Reason.NO_STANDING: "the person asking was not harmed by this incident",
    Reason.VICTIM_UNREACHABLE: "the victim cannot be reached",
    Reason.VICTIM_MUST_ASK: "only the victim or a guardian may ask in a case like this",
    Reason.CONTESTED_PROCEEDINGS_LIVE: "contested proceedings are under way",
    Reason.OFFENDER_UNIDENTIFIED: "it is not known who is responsible",
    Reason.OUTSIDE_AREA: "another service covers this incident",
    Reason.TRANSFERRED_OUT: "another service has taken the case over",
    Reason.NO_MATCH: "no agency on the route found the offender",
    Reason.AMBIGUOUS_MATCH: "more than one person matches",
    Reason.ACCESS_RESTRICTED: "there is a record, but access to it is restricted",
    Reason.OFFENDER_DIED: "the offender has died",
    Reason.VICTIM_DIED: "the victim has died",
    Reason.OUT_OF_JURISDICTION: "the offender is outside England and Wales",
    Reason.DEPORTED: "the offender has been deported",
    Reason.LICENCE_CONDITION: "a licence condition forbids contact",
    Reason.NO_CONTACT_ORDER: "a court order forbids contact",
    Reason.COURT_PERMISSION_PENDING: "a court must give permission first",
    Reason.AGENCY_OBJECTS: "an agency objects",
    Reason.AGENCY_NO_RESPONSE: "an agency has not responded",
    Reason.COURT_ORDER: "a court order affects contact",
    Reason.THREAT_OR_HARASSMENT: "somebody was threatened or harassed",
    Reason.SAFEGUARDING: "there is a safeguarding concern",
    Reason.NEW_OFFENCE: "there is a new offence",
    Reason.NEW_INFORMATION: "there is new information",
    Reason.NOT_SAFE_AT_PRESENT: "contact is not safe at present",
    Reason.VICTIM_WISHES: "the victim has asked for a break",
    Reason.FACILITATOR_UNAVAILABLE: "no facilitator is available",
    Reason.NEW_INVESTIGATION: "there is a new investigation",
    Reason.OFFENDER_DECLINED: "the offender does not want to take part",
    Reason.OFFENDER_WITHDREW: "the offender no longer wants to take part",
    Reason.OFFENDER_UNREACHABLE: "the offender cannot be contacted",
    Reason.DENIES_RESPONSIBILITY: "the offender denies responsibility",
    Reason.ONGOING_RISK_OR_ABUSE: "there is a current risk of harm or abuse",
    Reason.COERCION: "somebody is under pressure to take part",
    Reason.PARTIAL_RESPONSIBILITY: "the offender accepts only part of the responsibility",
    Reason.REMORSE_NOT_EVIDENT: "remorse is not evident at present",
    Reason.INAPPROPRIATE_BEHAVIOUR: "present behaviour makes contact inappropriate",
    Reason.UNREALISTIC_EXPECTATIONS: "expectations of contact are unrealistic",
    Reason.HEALTH_OR_SUBSTANCE: "health or substance misuse needs attention first",
    Reason.MOTIVE_CONCERN: "there are concerns about the motive",
    Reason.THERAPY_FIRST: "therapy or treatment comes first",
    Reason.DID_NOT_ATTEND: "somebody did not attend",
    Reason.INTERPRETER_PENDING: "an interpreter has not been found yet",
    Reason.VENUE_OR_PRISON_PENDING: "the venue or prison has not confirmed",
    Reason.ILLNESS: "somebody is ill",
    Reason.OFFENDER_MOVED: "the offender has been moved",
    Reason.STOPPED_FOR_SAFETY: "contact was stopped to keep people safe",
    Reason.NO_AGREED_FORM: "no type of contact is left that both sides agree to",
    Reason.VICTIM_NEEDS_MET: "the victim's needs are met",
    Reason.VICTIM_DOES_NOT_WANT: "the victim does not want restorative justice",
    Reason.VICTIM_WITHDREW: "the victim no longer wants to go on",
}
"""Each reason within a sentence; agencies choose among some of them as well."""

AGENCY_TASKS: dict[WaitKind, str] = {
    WaitKind.TRACE: "trace the offender",
    WaitKind.AGENCY_CHECK: "check whether restorative justice may be offered",
    WaitKind.APPROACH: "approach the offender",
    WaitKind.OFFENDER_ANSWER: "pass on the offender's answer",
    WaitKind.ASSESSMENT: "assess whether the {about} is ready",
}
"""What agencies are asked to do, after `ask probation to`."""


@dataclass(frozen=True, slots=True)
class WaitText:
    """A wait in words: what is awaited, after `waiting for`, and who can do what; `{about}` is an agency or a side."""

    awaited: str
    can_do: str


_EXTEND = "a supervisor can extend the due date (wait_extended)"
_NO_ANSWER = (
    "a supervisor can stop waiting (no_response_recorded) and name another agency (route_extended), "
    "or extend the due date (wait_extended)"
)
"""In several of the following."""

WAITS: dict[WaitKind, WaitText] = {
    WaitKind.VICTIM_ANSWER: WaitText(
        "the victim to say whether they want restorative justice",
        f"The caseworker records the answer (victim_answered); {_EXTEND}.",
    ),
    WaitKind.SCREENING: WaitText(
        "the request to be screened",
        "The caseworker accepts it, or refuses it with a reason (request_screened); where the offender is an "
        f"organisation, a supervisor does; {_EXTEND}.",
    ),
    WaitKind.FIRST_CONTACT: WaitText(
        "the caseworker to contact the victim for the first time",
        f"The caseworker rings or writes to the victim in person, and records it (contact_made); {_EXTEND}.",
    ),
    WaitKind.TRACE: WaitText(
        f"{{about}} to {AGENCY_TASKS[WaitKind.TRACE]}",
        f"{{about}} answers, or staff on its behalf (trace_answered); {_NO_ANSWER}.",
    ),
    WaitKind.CANDIDATE: WaitText(
        "the caseworker to confirm which of the people that {about} found is meant",
        "The caseworker confirms which person is meant (candidate_chosen); "
        "a supervisor can ask another agency instead of {about} (route_extended).",
    ),
    WaitKind.ROUTE: WaitText(
        "a supervisor to decide, as there is no agency left on the route to ask",
        "A supervisor names another agency (route_extended) or ends the case (declined_by_service); "
        "an agency that was asked can still say that it has found the offender (trace_answered).",
    ),
    WaitKind.AGENCY_CHECK: WaitText(
        f"{{about}} to {AGENCY_TASKS[WaitKind.AGENCY_CHECK]}",
        f"{{about}} answers, or staff on its behalf (agency_check_answered); {_NO_ANSWER}.",
    ),
    WaitKind.OBJECTION: WaitText(
        "a decision on the objection of {about}",
        "The caseworker can ask {about} once to reconsider (objection_challenged); "
        "after that a supervisor names another agency (route_extended) or ends the case (declined_by_service).",
    ),
    WaitKind.FACILITATOR: WaitText(
        "a supervisor to assign a facilitator who can take the case",
        "A supervisor assigns one (facilitator_assigned); until then the offender is not approached and no day is set.",
    ),
    WaitKind.RISK: WaitText(
        "an up-to-date risk assessment",
        "The caseworker or the facilitator records it (risk_assessed); without one the offender is not approached "
        "and no day is set.",
    ),
    WaitKind.CONCERN: WaitText(
        "a supervisor to decide the concern raised in entry {about}",
        "A supervisor who did not raise it decides (concern_decided); until then there is no contact.",
    ),
    WaitKind.DEATH: WaitText(
        "the caseworker to find out whether the {about} has died",
        "The caseworker confirms the death (death_confirmed), or records that it was a mistake (death_not_confirmed).",
    ),
    WaitKind.APPROACH: WaitText(
        f"{{about}} to {AGENCY_TASKS[WaitKind.APPROACH]}",
        f"{{about}} records the approach, or staff on its behalf (offender_approached); {_NO_ANSWER}.",
    ),
    WaitKind.OFFENDER_ANSWER: WaitText(
        f"{{about}} to {AGENCY_TASKS[WaitKind.OFFENDER_ANSWER]}",
        "{about} passes it on, or staff on its behalf (offender_answered); "
        f"a supervisor can name another agency instead (route_extended); {_EXTEND}.",
    ),
    WaitKind.ASSESSMENT: WaitText(
        "the assessment of the {about}",
        "The assessor records the result, or staff on the assessor's behalf (readiness_assessed); "
        f"where the assessor is an agency, {_NO_ANSWER}.",
    ),
    WaitKind.SUBSTITUTE: WaitText(
        "a supervisor to name another agency to {about}",
        "A supervisor names one (route_extended) or ends the case (declined_by_service); a late answer still counts.",
    ),
    WaitKind.TECHNICAL_PROBLEM: WaitText(
        "a technical problem to be solved, as the request for {about} cannot be delivered",
        "Once the directory is corrected, the caseworker or a supervisor has the request sent again (ask_retried); "
        "a supervisor can name another agency instead (route_extended); an answer that arrives in another way is "
        "recorded on the agency's behalf, which solves the problem too.",
    ),
    WaitKind.INFORMATION: WaitText(
        "the caseworker to find out what is missing for {about}",
        "The caseworker adds it to the offender's details or rings the agency, and records that (information_given): "
        "the request is then sent again, with the time that was left. The note of the entry says what is missing.",
    ),
    WaitKind.READINESS_REVIEW: WaitText(
        "the day on which readiness is reviewed",
        "On that day the assessment starts again automatically; a supervisor can change the day (wait_extended).",
    ),
    WaitKind.PREPARATION: WaitText(
        "both sides to be prepared",
        "The caseworker records progress (progress_recorded, message_passed), a day (meeting_arranged), "
        "or the meeting (meeting_held); after an earlier contact, that the other one is dropped "
        f"(contact_plan_dropped); {_EXTEND}.",
    ),
    WaitKind.RECONFIRMATION: WaitText(
        "both sides to confirm their consent again before the meeting",
        "The caseworker records each consent (consent_recorded), or postpones the meeting (meeting_postponed).",
    ),
    WaitKind.MEETING: WaitText(
        "the meeting to be recorded",
        "The caseworker records that it was held (meeting_held) or postponed (meeting_postponed).",
    ),
    WaitKind.FOLLOW_UP: WaitText(
        "follow-up{about}",
        f"The caseworker records it (follow_up_recorded), or that no more are needed (follow_up_ended); {_EXTEND}.",
    ),
    WaitKind.OWN_CONSENT: WaitText(
        "the {about}, who is 18 now, to say whether they take part",
        "The caseworker asks the young person, not a parent, corrects the contact details, and then records their "
        "consent, given or withdrawn (consent_recorded); until then nobody on that side is sent a message.",
    ),
    WaitKind.HOLD: WaitText(
        "the hold to end",
        f"The caseworker takes the case off hold (resumed), which never happens automatically; {_EXTEND}.",
    ),
    WaitKind.TRANSFER: WaitText(
        "a supervisor of {about} to take the case over",
        "A supervisor there takes it (transfer_accepted) or does not (transfer_declined); the caseworker can withdraw "
        "the proposal (transfer_withdrawn).",
    ),
    WaitKind.REPLY: WaitText(
        "the caseworker to read a reply from the victim",
        "The caseworker reads it (rj notes), and records that it was dealt with (victim_replied).",
    ),
    WaitKind.SAFE_CALL: WaitText(
        "the caseworker to ring the victim at the safe number, as the request was withdrawn by their link",
        "The caseworker asks whether it was their own wish, and records the answer (withdrawal_checked); "
        "if it was not, that is a concern, and the case can be reopened at once.",
    ),
    WaitKind.CONCERN_ANSWER: WaitText(
        "somebody to tell the victim what was decided on the concern that they raised",
        "The caseworker rings the victim at the safe number, says what was decided and what happens next, asks whether "
        "they feel safe, and records it (victim_told); nothing is sent about it. A reported death is confirmed first.",
    ),
    WaitKind.TELL: WaitText(
        "somebody to tell the victim the news, before anything is sent",
        "The caseworker tells the victim in person, in the words that rj explain shows, and records it (victim_told); "
        "where nobody can be reached, that is recorded too, and the letter says it.",
    ),
    WaitKind.REVIEW: WaitText(
        "the review of a decision",
        "A supervisor who was not involved in the decision decides it (review_decided).",
    ),
}
"""In `rj show`, `rj explain`, `rj stuck` and alerts: each thing that a case waits for."""

PROBLEMS: dict[AskProblem, str] = {
    AskProblem.REFUSED: (
        "The agency does not accept it, or its address in the directory is wrong: "
        "sending it again unchanged would not help."
    ),
    AskProblem.NO_AGENCY: (
        "The directory has no such agency that serves the area of the case and accepts this request: nobody was asked."
    ),
}
"""Why a request cannot be delivered."""

LIMITED_ACCESS = (
    "Limited access: only named people may see the offender's record in the register. "
    "Ask the agency who they are before you pass anything on. The victim is not told."
)
"""In `rj explain`, where the register limits access."""

DEADLINES: dict[DeadlineKind, str] = {
    DeadlineKind.LICENCE_END: "The licence ends",
    DeadlineKind.PAROLE: "Parole is decided",
    DeadlineKind.SENTENCING: "Sentence is passed",
    DeadlineKind.ORDER_END: "The order ends",
    DeadlineKind.DISPOSAL_END: "The out-of-court disposal ends",
}
"""Each kind of outside date, before `on 4 June 2026`."""

PREFERENCES: dict[Contact, str] = {
    Contact.EMAIL: "email",
    Contact.TEXT: "text messages",
    Contact.LETTER: "letters",
    Contact.PHONE: "the telephone",
    Contact.NONE: "no messages",
}
"""How the victim wants to be contacted, after `prefers`."""


def count(number: int, what: str) -> str:
    """A number of things, such as `1 attempt` or `3 attempts`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def describe_reminders(chases: int) -> str:
    """How often somebody was reminded, as a sentence."""
    return {0: "No reminder sent.", 1: "Reminded once.", 2: "Reminded twice."}.get(chases, f"Reminded {chases} times.")
