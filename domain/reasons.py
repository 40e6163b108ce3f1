"""The coded reasons of decisions: what each may end, and whether the victim may be told."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The codes that are stored and sent."""

    DUPLICATE = "duplicate"
    NO_STANDING = "no_standing"
    VICTIM_UNREACHABLE = "victim_unreachable"
    VICTIM_MUST_ASK = "victim_must_ask"
    CONTESTED_PROCEEDINGS_LIVE = "contested_proceedings_live"
    OFFENDER_UNIDENTIFIED = "offender_unidentified"
    OUTSIDE_AREA = "outside_area"
    TRANSFERRED_OUT = "transferred_out"

    NO_MATCH = "no_match"
    AMBIGUOUS_MATCH = "ambiguous_match"
    ACCESS_RESTRICTED = "access_restricted"
    OFFENDER_DIED = "offender_died"
    VICTIM_DIED = "victim_died"
    OUT_OF_JURISDICTION = "out_of_jurisdiction"
    DEPORTED = "deported"

    LICENCE_CONDITION = "licence_condition"
    NO_CONTACT_ORDER = "no_contact_order"
    COURT_PERMISSION_PENDING = "court_permission_pending"
    AGENCY_OBJECTS = "agency_objects"
    AGENCY_NO_RESPONSE = "agency_no_response"

    COURT_ORDER = "court_order"
    THREAT_OR_HARASSMENT = "threat_or_harassment"
    SAFEGUARDING = "safeguarding"
    NEW_OFFENCE = "new_offence"
    NEW_INFORMATION = "new_information"
    NOT_SAFE_AT_PRESENT = "not_safe_at_present"

    VICTIM_WISHES = "victim_wishes"
    FACILITATOR_UNAVAILABLE = "facilitator_unavailable"
    NEW_INVESTIGATION = "new_investigation"

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
    """The kinds of decision that reasons belong to."""

    SCREENING = "screening"
    TRANSFER = "transfer"
    TRACING = "tracing"
    AGENCY = "agency"
    CONCERN = "concern"
    HOLD = "hold"
    DEATH = "death"
    OFFENDER = "offender"
    READINESS_HARD = "readiness_hard"
    READINESS_SOFT = "readiness_soft"
    MEETING = "meeting"
    ENDING = "ending"
    VICTIM = "victim"


@dataclass(frozen=True, slots=True)
class ReasonRule:
    """The group of a reason, and whether the victim may be told that it was the reason."""

    group: ReasonGroup
    tellable: bool


_G = ReasonGroup
REASON_RULES: dict[Reason, ReasonRule] = {
    Reason.DUPLICATE: ReasonRule(_G.SCREENING, True),
    Reason.NO_STANDING: ReasonRule(_G.SCREENING, True),
    Reason.VICTIM_UNREACHABLE: ReasonRule(_G.SCREENING, True),
    Reason.VICTIM_MUST_ASK: ReasonRule(_G.SCREENING, True),
    Reason.CONTESTED_PROCEEDINGS_LIVE: ReasonRule(_G.SCREENING, True),
    Reason.OFFENDER_UNIDENTIFIED: ReasonRule(_G.SCREENING, True),
    Reason.OUTSIDE_AREA: ReasonRule(_G.SCREENING, True),
    Reason.TRANSFERRED_OUT: ReasonRule(_G.TRANSFER, True),
    Reason.NO_MATCH: ReasonRule(_G.TRACING, True),
    Reason.AMBIGUOUS_MATCH: ReasonRule(_G.TRACING, False),
    Reason.ACCESS_RESTRICTED: ReasonRule(_G.TRACING, False),
    Reason.OFFENDER_DIED: ReasonRule(_G.DEATH, True),
    Reason.VICTIM_DIED: ReasonRule(_G.DEATH, True),
    Reason.OUT_OF_JURISDICTION: ReasonRule(_G.TRACING, False),
    Reason.DEPORTED: ReasonRule(_G.TRACING, False),
    Reason.LICENCE_CONDITION: ReasonRule(_G.AGENCY, False),
    Reason.NO_CONTACT_ORDER: ReasonRule(_G.AGENCY, False),
    Reason.COURT_PERMISSION_PENDING: ReasonRule(_G.AGENCY, False),
    Reason.AGENCY_OBJECTS: ReasonRule(_G.AGENCY, True),
    Reason.AGENCY_NO_RESPONSE: ReasonRule(_G.AGENCY, True),
    Reason.COURT_ORDER: ReasonRule(_G.CONCERN, False),
    Reason.THREAT_OR_HARASSMENT: ReasonRule(_G.CONCERN, False),
    Reason.SAFEGUARDING: ReasonRule(_G.CONCERN, False),
    Reason.NEW_OFFENCE: ReasonRule(_G.CONCERN, False),
    Reason.NEW_INFORMATION: ReasonRule(_G.CONCERN, False),
    Reason.NOT_SAFE_AT_PRESENT: ReasonRule(_G.CONCERN, False),
    Reason.VICTIM_WISHES: ReasonRule(_G.HOLD, True),
    Reason.FACILITATOR_UNAVAILABLE: ReasonRule(_G.HOLD, True),
    Reason.NEW_INVESTIGATION: ReasonRule(_G.HOLD, False),
    Reason.OFFENDER_DECLINED: ReasonRule(_G.OFFENDER, True),
    Reason.OFFENDER_WITHDREW: ReasonRule(_G.OFFENDER, True),
    Reason.OFFENDER_UNREACHABLE: ReasonRule(_G.OFFENDER, True),
    Reason.DENIES_RESPONSIBILITY: ReasonRule(_G.READINESS_HARD, False),
    Reason.ONGOING_RISK_OR_ABUSE: ReasonRule(_G.READINESS_HARD, False),
    Reason.COERCION: ReasonRule(_G.READINESS_HARD, False),
    Reason.PARTIAL_RESPONSIBILITY: ReasonRule(_G.READINESS_SOFT, True),
    Reason.REMORSE_NOT_EVIDENT: ReasonRule(_G.READINESS_SOFT, True),
    Reason.INAPPROPRIATE_BEHAVIOUR: ReasonRule(_G.READINESS_SOFT, True),
    Reason.UNREALISTIC_EXPECTATIONS: ReasonRule(_G.READINESS_SOFT, True),
    Reason.HEALTH_OR_SUBSTANCE: ReasonRule(_G.READINESS_SOFT, False),
    Reason.MOTIVE_CONCERN: ReasonRule(_G.READINESS_SOFT, False),
    Reason.THERAPY_FIRST: ReasonRule(_G.READINESS_SOFT, False),
    Reason.DID_NOT_ATTEND: ReasonRule(_G.MEETING, True),
    Reason.INTERPRETER_PENDING: ReasonRule(_G.MEETING, True),
    Reason.VENUE_OR_PRISON_PENDING: ReasonRule(_G.MEETING, False),
    Reason.ILLNESS: ReasonRule(_G.MEETING, False),
    Reason.OFFENDER_MOVED: ReasonRule(_G.MEETING, False),
    Reason.STOPPED_FOR_SAFETY: ReasonRule(_G.MEETING, True),
    Reason.NO_AGREED_FORM: ReasonRule(_G.ENDING, False),
    Reason.VICTIM_NEEDS_MET: ReasonRule(_G.ENDING, True),
    Reason.VICTIM_DOES_NOT_WANT: ReasonRule(_G.VICTIM, True),
    Reason.VICTIM_WITHDREW: ReasonRule(_G.VICTIM, True),
}

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
        Reason.SAFEGUARDING,
        Reason.VICTIM_WISHES,
        Reason.FACILITATOR_UNAVAILABLE,
        Reason.NEW_INVESTIGATION,
    }
)
"""What a case may be put on hold for: things that pass."""

SUPERVISOR_REASONS = frozenset(
    {
        Reason.NO_MATCH,
        Reason.ACCESS_RESTRICTED,
        Reason.AGENCY_NO_RESPONSE,
        Reason.OUT_OF_JURISDICTION,
        Reason.DEPORTED,
    }
)
"""What only a supervisor may end a case for: the route is exhausted."""

CONCERN_REASONS = frozenset(
    {
        Reason.NO_CONTACT_ORDER,
        Reason.LICENCE_CONDITION,
        Reason.COURT_ORDER,
        Reason.COURT_PERMISSION_PENDING,
        Reason.AGENCY_OBJECTS,
        Reason.THREAT_OR_HARASSMENT,
        Reason.SAFEGUARDING,
        Reason.NEW_OFFENCE,
        Reason.NEW_INFORMATION,
    }
)
"""What anybody may raise a concern about."""

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
"""Not for the service to end a case for: each has an event of its own, or passes."""

DECLINE_REASONS = frozenset(
    reason
    for reason, rule in REASON_RULES.items()
    if reason not in _DECIDED_ELSEWHERE and rule.group not in (_G.MEETING, _G.CONCERN, _G.HOLD, _G.DEATH, _G.TRANSFER)
) | {Reason.STOPPED_FOR_SAFETY}
"""What the service may end a case for."""

SCREENING_REFUSALS = frozenset(
    reason
    for reason, rule in REASON_RULES.items()
    if rule.group is _G.SCREENING and reason is not Reason.CONTESTED_PROCEEDINGS_LIVE
)
"""What a screening may refuse a request for; contested proceedings pass, so the case is put on hold instead."""

REOPENS_AT_ONCE = frozenset(
    {
        Reason.VICTIM_DOES_NOT_WANT,
        Reason.VICTIM_WITHDREW,
        Reason.VICTIM_NEEDS_MET,
        Reason.VICTIM_UNREACHABLE,
        Reason.OFFENDER_UNREACHABLE,
        Reason.AGENCY_NO_RESPONSE,
        Reason.OUTSIDE_AREA,
        Reason.TRANSFERRED_OUT,
        Reason.NO_AGREED_FORM,
        Reason.DUPLICATE,
    }
)
"""Ends after which the victim does not have to wait: they chose the end, or nobody decided against contact."""


def in_group(group: ReasonGroup) -> frozenset[Reason]:
    """All reasons of one group."""
    return frozenset(reason for reason, rule in REASON_RULES.items() if rule.group is group)


OFFENDERS_OWN = frozenset({Reason.PARTIAL_RESPONSIBILITY, Reason.REMORSE_NOT_EVIDENT})
"""Reasons that can only be the offender's, even where nobody says whose they are."""

HARD = in_group(ReasonGroup.READINESS_HARD)
SOFT = in_group(ReasonGroup.READINESS_SOFT)
"""Reasons that can change. Remorse that is missing is one: some victims need it, some do not, and they may choose.

Source: Scottish Government, Delivery of Restorative Justice in Scotland: Guidance, A1.
"""
OBJECTIONS = in_group(ReasonGroup.AGENCY) - {Reason.AGENCY_NO_RESPONSE}
POSTPONEMENTS = in_group(ReasonGroup.MEETING)
