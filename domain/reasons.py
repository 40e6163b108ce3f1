"""The coded reasons of decisions: what each means, what it may end, and whether the victim may be told."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why something was decided; the code is what is stored, the description is for staff."""

    DUPLICATE = "duplicate"
    NO_STANDING = "no_standing"
    VICTIM_UNREACHABLE = "victim_unreachable"
    VICTIM_MUST_ASK = "victim_must_ask"
    CONTESTED_PROCEEDINGS_LIVE = "contested_proceedings_live"
    OFFENDER_UNIDENTIFIED = "offender_unidentified"
    OUTSIDE_AREA = "outside_area"

    NO_MATCH = "no_match"
    AMBIGUOUS_MATCH = "ambiguous_match"
    ACCESS_RESTRICTED = "access_restricted"
    DECEASED = "deceased"
    OUT_OF_JURISDICTION = "out_of_jurisdiction"
    DEPORTED = "deported"

    LICENCE_CONDITION = "licence_condition"
    NO_CONTACT_ORDER = "no_contact_order"
    COURT_PERMISSION_PENDING = "court_permission_pending"
    AGENCY_OBJECTS = "agency_objects"
    AGENCY_NO_RESPONSE = "agency_no_response"

    OFFENDER_DECLINED = "offender_declined"
    OFFENDER_WITHDREW = "offender_withdrew"
    OFFENDER_UNREACHABLE = "offender_unreachable"

    DENIES_RESPONSIBILITY = "denies_responsibility"
    ONGOING_RISK_OR_ABUSE = "ongoing_risk_or_abuse"
    COERCION = "coercion"
    PARTIAL_RESPONSIBILITY = "partial_responsibility"
    REMORSE_NOT_EVIDENT = "remorse_not_evident"
    INAPPROPRIATE_BEHAVIOUR = "inappropriate_behaviour"
    UNREALISTIC_EXPECTATIONS = "unrealistic_expectations"
    HEALTH_OR_SUBSTANCE = "health_or_substance"
    MOTIVE_CONCERN = "motive_concern"
    THERAPY_FIRST = "therapy_first"

    DID_NOT_ATTEND = "did_not_attend"
    INTERPRETER_PENDING = "interpreter_pending"
    VENUE_OR_PRISON_PENDING = "venue_or_prison_pending"
    ILLNESS = "illness"
    OFFENDER_MOVED = "offender_moved"
    STOPPED_FOR_SAFETY = "stopped_for_safety"

    NO_AGREED_FORM = "no_agreed_form"
    VICTIM_NEEDS_MET = "victim_needs_met"

    VICTIM_DOES_NOT_WANT = "victim_does_not_want"
    VICTIM_WITHDREW = "victim_withdrew"


class ReasonGroup(StrEnum):
    """Which kind of decision a reason belongs to."""

    SCREENING = "screening"
    TRACING = "tracing"
    AGENCY = "agency"
    OFFENDER = "offender"
    READINESS_HARD = "readiness_hard"
    READINESS_SOFT = "readiness_soft"
    MEETING = "meeting"
    ENDING = "ending"
    VICTIM = "victim"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reason means to staff, and whether the victim may be told that it was the reason."""

    group: ReasonGroup
    description: str
    tellable: bool


_G = ReasonGroup
MEANINGS: dict[Reason, Meaning] = {
    Reason.DUPLICATE: Meaning(_G.SCREENING, "the same request is already open", True),
    Reason.NO_STANDING: Meaning(_G.SCREENING, "the person asking was not harmed by this incident", True),
    Reason.VICTIM_UNREACHABLE: Meaning(_G.SCREENING, "the victim cannot be reached", True),
    Reason.VICTIM_MUST_ASK: Meaning(_G.SCREENING, "only the victim or a guardian may ask here", True),
    Reason.CONTESTED_PROCEEDINGS_LIVE: Meaning(_G.SCREENING, "contested proceedings are running", True),
    Reason.OFFENDER_UNIDENTIFIED: Meaning(_G.SCREENING, "nobody knows who is responsible", True),
    Reason.OUTSIDE_AREA: Meaning(_G.SCREENING, "another service covers this incident", True),
    Reason.NO_MATCH: Meaning(_G.TRACING, "no agency of the route found the offender", True),
    Reason.AMBIGUOUS_MATCH: Meaning(_G.TRACING, "several people could be meant", False),
    Reason.ACCESS_RESTRICTED: Meaning(_G.TRACING, "the record exists and may not be opened", False),
    Reason.DECEASED: Meaning(_G.TRACING, "the person has died", True),
    Reason.OUT_OF_JURISDICTION: Meaning(_G.TRACING, "the offender is outside England and Wales", False),
    Reason.DEPORTED: Meaning(_G.TRACING, "the offender was removed from the country", False),
    Reason.LICENCE_CONDITION: Meaning(_G.AGENCY, "a licence condition forbids contact", False),
    Reason.NO_CONTACT_ORDER: Meaning(_G.AGENCY, "a court order forbids contact", False),
    Reason.COURT_PERMISSION_PENDING: Meaning(_G.AGENCY, "a court must first give leave", False),
    Reason.AGENCY_OBJECTS: Meaning(_G.AGENCY, "a responsible agency objects", True),
    Reason.AGENCY_NO_RESPONSE: Meaning(_G.AGENCY, "a responsible agency never answered", True),
    Reason.OFFENDER_DECLINED: Meaning(_G.OFFENDER, "the offender does not want to take part", True),
    Reason.OFFENDER_WITHDREW: Meaning(_G.OFFENDER, "the offender no longer wants to take part", True),
    Reason.OFFENDER_UNREACHABLE: Meaning(_G.OFFENDER, "the offender cannot be spoken to", True),
    Reason.DENIES_RESPONSIBILITY: Meaning(_G.READINESS_HARD, "the offender denies what happened", False),
    Reason.ONGOING_RISK_OR_ABUSE: Meaning(_G.READINESS_HARD, "there is a live risk of harm or abuse", False),
    Reason.COERCION: Meaning(_G.READINESS_HARD, "somebody is under pressure to take part", False),
    Reason.PARTIAL_RESPONSIBILITY: Meaning(_G.READINESS_SOFT, "responsibility is taken in part", True),
    Reason.REMORSE_NOT_EVIDENT: Meaning(_G.READINESS_SOFT, "remorse cannot be seen at present", True),
    Reason.INAPPROPRIATE_BEHAVIOUR: Meaning(_G.READINESS_SOFT, "present behaviour rules a meeting out", True),
    Reason.UNREALISTIC_EXPECTATIONS: Meaning(_G.READINESS_SOFT, "hopes that a meeting cannot meet", True),
    Reason.HEALTH_OR_SUBSTANCE: Meaning(_G.READINESS_SOFT, "health or substance use comes first", False),
    Reason.MOTIVE_CONCERN: Meaning(_G.READINESS_SOFT, "the motive needs more work", False),
    Reason.THERAPY_FIRST: Meaning(_G.READINESS_SOFT, "a treatment should be finished first", False),
    Reason.DID_NOT_ATTEND: Meaning(_G.MEETING, "somebody did not come", True),
    Reason.INTERPRETER_PENDING: Meaning(_G.MEETING, "an interpreter is still being found", True),
    Reason.VENUE_OR_PRISON_PENDING: Meaning(_G.MEETING, "the venue or prison has not confirmed", False),
    Reason.ILLNESS: Meaning(_G.MEETING, "somebody is ill", False),
    Reason.OFFENDER_MOVED: Meaning(_G.MEETING, "the offender was moved", False),
    Reason.STOPPED_FOR_SAFETY: Meaning(_G.MEETING, "the meeting was stopped to keep people safe", True),
    Reason.NO_AGREED_FORM: Meaning(_G.ENDING, "no form is left that both sides allow", False),
    Reason.VICTIM_NEEDS_MET: Meaning(_G.ENDING, "the victim needs nothing further", True),
    Reason.VICTIM_DOES_NOT_WANT: Meaning(_G.VICTIM, "the victim does not want restorative justice", True),
    Reason.VICTIM_WITHDREW: Meaning(_G.VICTIM, "the victim no longer wants to go on", True),
}
"""Each reason's meaning; the groups and the default of what is tellable follow the table of reasons."""

HOLD_REASONS = frozenset(
    {
        Reason.CONTESTED_PROCEEDINGS_LIVE,
        Reason.COURT_PERMISSION_PENDING,
        Reason.VICTIM_UNREACHABLE,
        Reason.OFFENDER_UNREACHABLE,
        Reason.HEALTH_OR_SUBSTANCE,
        Reason.THERAPY_FIRST,
        Reason.INTERPRETER_PENDING,
        Reason.VENUE_OR_PRISON_PENDING,
        Reason.ILLNESS,
        Reason.OFFENDER_MOVED,
    }
)
"""What a case may rest for: things that pass."""

SUPERVISOR_REASONS = frozenset(
    {
        Reason.NO_MATCH,
        Reason.ACCESS_RESTRICTED,
        Reason.AGENCY_NO_RESPONSE,
        Reason.OUT_OF_JURISDICTION,
        Reason.DEPORTED,
    }
)
"""Where a route is exhausted, only a supervisor decides."""

_DECIDED_ELSEWHERE = frozenset(
    {
        Reason.CONTESTED_PROCEEDINGS_LIVE,
        Reason.AMBIGUOUS_MATCH,
        Reason.COURT_PERMISSION_PENDING,
        Reason.OFFENDER_DECLINED,
        Reason.OFFENDER_WITHDREW,
        Reason.VICTIM_DOES_NOT_WANT,
        Reason.VICTIM_WITHDREW,
    }
)
"""Each has an event of its own, or passes: none of them is the service's decision to end a case."""

DECLINE_REASONS = frozenset(
    reason
    for reason, meaning in MEANINGS.items()
    if reason not in _DECIDED_ELSEWHERE and meaning.group is not _G.MEETING
) | {Reason.STOPPED_FOR_SAFETY}
"""What the service may end a case for."""

SCREENING_REFUSALS = frozenset(
    reason
    for reason, meaning in MEANINGS.items()
    if meaning.group is _G.SCREENING and reason is not Reason.CONTESTED_PROCEEDINGS_LIVE
)
"""What a screening may refuse a request for; contested proceedings pass, so the case is put on hold instead."""

VICTIM_ENDED = frozenset({Reason.VICTIM_DOES_NOT_WANT, Reason.VICTIM_WITHDREW, Reason.VICTIM_NEEDS_MET})
"""Where the victim caused the end, a re-approach may begin at once."""


def in_group(group: ReasonGroup) -> frozenset[Reason]:
    """All reasons of one group."""
    return frozenset(reason for reason, meaning in MEANINGS.items() if meaning.group is group)


HARD = in_group(ReasonGroup.READINESS_HARD)
SOFT = in_group(ReasonGroup.READINESS_SOFT)
OBJECTIONS = in_group(ReasonGroup.AGENCY) - {Reason.AGENCY_NO_RESPONSE}
POSTPONEMENTS = in_group(ReasonGroup.MEETING)
