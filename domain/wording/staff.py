"""What staff read about a waiting case: what each wait is for, and what can be done about it."""

from dataclasses import dataclass

from domain.events import AskFailed, BecameOverdue, DeadlineNear, HoldEnded, ReviewRequested, SecondNotice
from domain.vocabulary import AgencyKind, AskProblem, WaitKind

_EXTEND = "a supervisor can give it until another day (wait_extended)"
_NO_ANSWER = (
    "a supervisor can stop waiting (no_response_recorded) and name another (route_extended), "
    "or give it until another day (wait_extended)"
)


@dataclass(frozen=True, slots=True)
class StaffWait:
    """What is waited for, `{about}` standing for the agency, side or number; and who can do what about it."""

    what: str
    can_do: str


WAITS: dict[WaitKind, StaffWait] = {
    WaitKind.VICTIM_ANSWER: StaffWait(
        "the victim's answer whether they want restorative justice",
        f"The caseworker records the answer (victim_answered); {_EXTEND}.",
    ),
    WaitKind.SCREENING: StaffWait(
        "the request to be screened",
        f"The caseworker takes it up or refuses it with a reason (request_screened); {_EXTEND}.",
    ),
    WaitKind.TRACE: StaffWait(
        "the trace by {about}",
        f"{{about}} answers, or staff on its behalf (trace_answered); {_NO_ANSWER}.",
    ),
    WaitKind.CANDIDATE: StaffWait(
        "a choice among the people that {about} found",
        "The caseworker chooses (candidate_chosen), never guessing; "
        "a supervisor can ask another agency in place of {about} (route_extended).",
    ),
    WaitKind.ROUTE: StaffWait(
        "a decision, since no agency of the route is left to ask",
        "A supervisor names a further agency (route_extended) or ends the case (declined_by_service); "
        "an agency that was asked can still report a find (trace_answered).",
    ),
    WaitKind.AGENCY_CHECK: StaffWait(
        "the check by {about}",
        f"{{about}} answers, or staff on its behalf (agency_check_answered); {_NO_ANSWER}.",
    ),
    WaitKind.OBJECTION: StaffWait(
        "a decision on the objection of {about}",
        "The caseworker can ask {about} once to look again (objection_challenged); "
        "after that a supervisor names another agency (route_extended) "
        "or ends the case (declined_by_service).",
    ),
    WaitKind.SPECIALIST: StaffWait(
        "a specialist facilitator",
        "A supervisor assigns one (facilitator_assigned); until then the offender is not approached.",
    ),
    WaitKind.APPROACH: StaffWait(
        "the approach to the offender by {about}",
        f"{{about}} records it, or staff on its behalf (offender_approached); {_NO_ANSWER}.",
    ),
    WaitKind.OFFENDER_ANSWER: StaffWait(
        "the offender's answer through {about}",
        "{about} passes it on, or staff on its behalf (offender_answered); "
        f"a supervisor can name another agency in its place (route_extended); {_EXTEND}.",
    ),
    WaitKind.ASSESSMENT: StaffWait(
        "the assessment of the {about}",
        "The assessor records it, or staff on its behalf (readiness_assessed); "
        f"where the assessor is an agency, {_NO_ANSWER}.",
    ),
    WaitKind.SUBSTITUTE: StaffWait(
        "another agency to be named for the {about}",
        "A supervisor names one (route_extended) or ends the case (declined_by_service); a late answer counts too.",
    ),
    WaitKind.TECHNICAL_PROBLEM: StaffWait(
        "a technical problem to be settled (the question for {about} cannot be delivered)",
        "Once the directory's entry is mended, the caseworker or a supervisor has the question sent again "
        "(ask_retried); a supervisor can name another agency in its place (route_extended); "
        "an answer that comes in another way is recorded on the agency's behalf, and settles it too.",
    ),
    WaitKind.READINESS_REVIEW: StaffWait(
        "the day on which readiness is looked at again",
        "Assessing begins again by itself on that day; a supervisor can move it (wait_extended).",
    ),
    WaitKind.PREPARATION: StaffWait(
        "the preparation of both sides",
        "The caseworker records progress (progress_recorded, message_passed), a day (meeting_arranged), "
        f"or the meeting (meeting_held); {_EXTEND}.",
    ),
    WaitKind.RECONFIRMATION: StaffWait(
        "both consents to be confirmed again before the meeting",
        "The caseworker records each (consent_recorded), or postpones the meeting (meeting_postponed).",
    ),
    WaitKind.MEETING: StaffWait(
        "the meeting to be recorded",
        "The caseworker records that it was held (meeting_held) or postponed (meeting_postponed).",
    ),
    WaitKind.FOLLOW_UP: StaffWait(
        "follow-up {about} after the meeting",
        f"The caseworker records it (follow_up_recorded); {_EXTEND}.",
    ),
    WaitKind.HOLD: StaffWait(
        "the hold to end",
        f"The caseworker resumes the case (resumed), which never happens by itself; {_EXTEND}.",
    ),
    WaitKind.REVIEW: StaffWait(
        "the review of a decision",
        "A supervisor who had no part in the decision decides it (review_decided).",
    ),
}
"""Each kind of wait in staff's words."""

AGENCY_NAMES: dict[AgencyKind, str] = {
    AgencyKind.VLO: "the VLO",
    AgencyKind.PROBATION: "probation",
    AgencyKind.YOUTH_OFFENDING_TEAM: "the youth offending team",
    AgencyKind.PRISON: "the prison",
    AgencyKind.HMPPS_REHUB: "the HMPPS ReHub",
    AgencyKind.COURT: "the court",
    AgencyKind.CHARITY: "the charity",
    AgencyKind.RESTORATIVE_SERVICE: "the restorative service",
}
"""Each kind of agency as it stands in a sentence."""

PROBLEMS: dict[AskProblem, str] = {
    AskProblem.REFUSED: (
        "The agency does not take it, or its address in the directory is wrong: "
        "sending it again as it is would not help."
    ),
    AskProblem.NO_AGENCY: (
        "The directory has no such agency that serves the case's area and takes this question: nobody was asked."
    ),
}
"""What failed, where a question cannot be delivered."""

LIMITED_ACCESS = (
    "Limited access: the register lets only named people see the offender's record. "
    "Ask the agency who may before you pass anything on. The victim is not told."
)
"""What staff read where the register marks the offender's record as one that few may see."""

ALERTS: dict[str, str] = {
    BecameOverdue.name: "{ref} is overdue: it waits for {about}. It goes on waiting until somebody acts.",
    SecondNotice.name: "{ref} is still overdue, second notice: it waits for {about}.",
    HoldEnded.name: "{ref}: its hold has run out. It stays on hold until somebody resumes it.",
    DeadlineNear.name: "{ref}: a date outside the process comes close ({about}).",
    ReviewRequested.name: "{ref}: a review was asked for. A supervisor with no part in the decision decides.",
    AskFailed.name: "{ref}: the question for {about} cannot be delivered. {problem} It waits for a supervisor.",
}
"""What a supervisor is told, by the event that it follows."""
