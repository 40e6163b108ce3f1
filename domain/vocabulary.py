"""The field's terms, each with one spelling in domain, database, API, search attributes and screens."""

import functools
from enum import StrEnum
from typing import NewType

CaseRef = NewType("CaseRef", str)
"""Names one case and says nothing of the people, such as `RJ-7Q2K-9F3M`."""

AgencyRef = NewType("AgencyRef", str)
"""An agency: a kind (`probation`: the one that serves the case's area) or one by its id (`prison:eastmoor`)."""

WaitKey = NewType("WaitKey", str)
"""Names one wait of a case, such as `screening` or `agency_check:prison:eastmoor`."""


class Stage(StrEnum):
    """The last milestone that a case has reached."""

    REQUESTED = "requested"
    OFFENDER_TRACED = "offender_traced"
    OFFENDER_APPROACHED = "offender_approached"
    READINESS_ASSESSED = "readiness_assessed"
    MEETING_HELD = "meeting_held"
    DECLINED = "declined"


class Step(StrEnum):
    """What is being done now."""

    ASKING_VICTIM = "asking_victim"
    SCREENING = "screening"
    TRACING = "tracing"
    AGENCY_CHECK = "agency_check"
    APPROACHING = "approaching"
    REFLECTING = "reflecting"
    ASSESSING = "assessing"
    NOT_YET = "not_yet"
    PREPARING = "preparing"
    SCHEDULED = "scheduled"
    FOLLOWING_UP = "following_up"
    CLOSED = "closed"


class AgencyKind(StrEnum):
    """The kinds of agency; `restorative_service` is the provider itself, for an offender without supervision.

    `hospital` has those under a hospital order, `immigration` those detained to be removed.
    """

    VLO = "vlo"
    PROBATION = "probation"
    YOUTH_OFFENDING_TEAM = "youth_offending_team"
    PRISON = "prison"
    HMPPS_REHUB = "hmpps_rehub"
    COURT = "court"
    CHARITY = "charity"
    RESTORATIVE_SERVICE = "restorative_service"
    POLICE = "police"
    HOSPITAL = "hospital"
    IMMIGRATION = "immigration"


class Role(StrEnum):
    """In what capacity somebody records an event; `timer` and `service` are the service's own."""

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    AGENCY = "agency"
    VICTIM = "victim"
    TIMER = "timer"
    SERVICE = "service"


class InitiatedBy(StrEnum):
    """Who asked for the case; unless it was the victim or their lawful guardian, the victim is asked first."""

    VICTIM = "victim"
    OFFENDER = "offender"
    COURT = "court"
    SERVICE = "service"


class TakesPartAs(StrEnum):
    """In what capacity the victim side takes part; a proxy needs the direct victim's consent as well."""

    DIRECT_VICTIM = "direct_victim"
    BEREAVED_FAMILY = "bereaved_family"
    PARENT_OR_GUARDIAN = "parent_or_guardian"
    ORGANISATION = "organisation"
    PROXY = "proxy"


class Disposal(StrEnum):
    """How the crime is dealt with, which decides how long restorative justice may take."""

    CONVICTED = "convicted"
    OUT_OF_COURT = "out_of_court"
    COMMUNITY_RESOLUTION = "community_resolution"
    PRE_SENTENCE = "pre_sentence"


class AgeGroup(StrEnum):
    """The offender's age group: the route and a guardian's consent depend on it."""

    UNDER_18 = "under_18"
    ADULT_ON_YOUTH_ORDER = "adult_on_youth_order"
    ADULT = "adult"
    ORGANISATION = "organisation"


class Offence(StrEnum):
    """The crime, as coarsely as the process needs it."""

    BURGLARY = "burglary"
    THEFT = "theft"
    ROBBERY = "robbery"
    FRAUD = "fraud"
    CRIMINAL_DAMAGE = "criminal_damage"
    ARSON = "arson"
    VIOLENCE = "violence"
    HATE_CRIME = "hate_crime"
    HOMICIDE = "homicide"
    DRIVING = "driving"
    SEXUAL_OFFENCE = "sexual_offence"
    DOMESTIC_ABUSE = "domestic_abuse"
    STALKING_OR_HARASSMENT = "stalking_or_harassment"
    OTHER = "other"
    NOT_STATED = "not_stated"


class Flag(StrEnum):
    """What the crime involved, where that calls for particular care."""

    SEXUAL_HARM = "sexual_harm"
    DOMESTIC_ABUSE = "domestic_abuse"
    STALKING = "stalking"


SPECIALIST_FLAGS = frozenset(Flag)
"""Only the victim may ask, and the case needs a specialist facilitator."""

IMPLIED_FLAGS: dict[Offence, Flag] = {
    Offence.SEXUAL_OFFENCE: Flag.SEXUAL_HARM,
    Offence.DOMESTIC_ABUSE: Flag.DOMESTIC_ABUSE,
    Offence.STALKING_OR_HARASSMENT: Flag.STALKING,
}
"""The flag that an offence sets, whatever else the request says."""


class Condition(StrEnum):
    """What a clearance or a decision on a concern requires of any contact."""

    INDIRECT_ONLY = "indirect_only"
    NOT_BEFORE = "not_before"
    """Not before the day that comes with it."""
    STAFF_PRESENT = "staff_present"
    SECURE_VENUE = "secure_venue"
    AREA_EXCLUDED = "area_excluded"


class Harm(StrEnum):
    """A harm that a risk assessment considered."""

    PHYSICAL = "physical"
    EMOTIONAL = "emotional"
    INTIMIDATION = "intimidation"
    COERCION_OR_CONTROL = "coercion_or_control"
    REVICTIMISATION = "revictimisation"
    SELF_HARM = "self_harm"
    MEDIA_OR_COMMUNITY = "media_or_community"


class Measure(StrEnum):
    """A measure that a risk assessment agreed."""

    CO_FACILITATOR = "co_facilitator"
    SUPPORTERS_PRESENT = "supporters_present"
    SEPARATE_ARRIVALS = "separate_arrivals"
    SECURE_VENUE = "secure_venue"
    STAFF_PRESENT = "staff_present"
    SCREENED_MESSAGES = "screened_messages"
    BREAKS_AND_STOP_WORD = "breaks_and_stop_word"
    AFTERCARE_PLANNED = "aftercare_planned"


class Form(StrEnum):
    """The types of contact, direct and indirect."""

    FACE_TO_FACE = "face_to_face"
    VIDEO = "video"
    PHONE = "phone"
    LETTER = "letter"
    MESSAGE = "message"
    SHUTTLE = "shuttle"


DIRECT_FORMS = frozenset({Form.FACE_TO_FACE, Form.VIDEO, Form.PHONE})
INDIRECT_FORMS = frozenset(Form) - DIRECT_FORMS
ALL_FORMS = frozenset(Form)


class Side(StrEnum):
    """The side that an assessment, a withdrawal or a death concerns."""

    VICTIM = "victim"
    OFFENDER = "offender"


class Satisfaction(StrEnum):
    """How satisfied somebody was with restorative justice, as they said themselves."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    NEITHER = "neither"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"


class Consenter(StrEnum):
    """Whose consent is recorded."""

    VICTIM = "victim"
    OFFENDER = "offender"
    VICTIM_GUARDIAN = "victim_guardian"
    OFFENDER_GUARDIAN = "offender_guardian"
    DIRECT_VICTIM = "direct_victim"


class Route(StrEnum):
    """By which agencies the offender is traced."""

    YOUTH = "youth"
    POLICE = "police"
    CHARITY = "charity"


class Whereabouts(StrEnum):
    """The offender's situation when traced; the victim is never told it."""

    CUSTODY = "custody"
    COMMUNITY_SUPERVISED = "community_supervised"
    ON_BAIL = "on_bail"
    UNSUPERVISED = "unsupervised"
    HOSPITAL = "hospital"
    IMMIGRATION_DETENTION = "immigration_detention"
    ABROAD = "abroad"


class DeadlineKind(StrEnum):
    """The kinds of date outside the process that staff should be warned of."""

    LICENCE_END = "licence_end"
    PAROLE = "parole"
    SENTENCING = "sentencing"
    ORDER_END = "order_end"
    DISPOSAL_END = "disposal_end"


class CircumstanceChange(StrEnum):
    """What changed in the offender's situation."""

    MOVED = "moved"
    RELEASED = "released"
    OFFICER_CHANGED = "officer_changed"
    ORDER_ENDS = "order_ends"


PERSON = "person"
"""Who referred a case, where that is no agency: the details are in the vault."""


class Contact(StrEnum):
    """How the victim wants to be contacted."""

    EMAIL = "email"
    TEXT = "text"
    LETTER = "letter"
    PHONE = "phone"
    NONE = "none"


class AskProblem(StrEnum):
    """Why an ask cannot be delivered, so that sending it again unchanged would not help."""

    REFUSED = "refused"
    """The agency or its address does not accept what is sent."""
    NO_AGENCY = "no_agency"
    """The directory has no such agency for the area of the case."""


class WaitKind(StrEnum):
    """What a case waits for; a wait's key is its kind, followed by an agency, a side or a number if it needs one."""

    VICTIM_ANSWER = "victim_answer"
    SCREENING = "screening"
    FIRST_CONTACT = "first_contact"
    TRACE = "trace"
    CANDIDATE = "candidate"
    ROUTE = "route"
    AGENCY_CHECK = "agency_check"
    OBJECTION = "objection"
    FACILITATOR = "facilitator"
    RISK = "risk"
    CONCERN = "concern"
    DEATH = "death"
    APPROACH = "approach"
    OFFENDER_ANSWER = "offender_answer"
    ASSESSMENT = "assessment"
    SUBSTITUTE = "substitute"
    TECHNICAL_PROBLEM = "technical_problem"
    INFORMATION = "information"
    READINESS_REVIEW = "readiness_review"
    PREPARATION = "preparation"
    RECONFIRMATION = "reconfirmation"
    MEETING = "meeting"
    FOLLOW_UP = "follow_up"
    OWN_CONSENT = "own_consent"
    HOLD = "hold"
    TRANSFER = "transfer"
    REVIEW = "review"
    REPLY = "reply"
    SAFE_CALL = "safe_call"
    CONCERN_ANSWER = "concern_answer"
    TELL = "tell"


class NewsKind(StrEnum):
    """Bad news, which a person gives the victim first."""

    ENDED = "ended"
    NOT_YET = "not_yet"
    CONTACT_STOPPED = "contact_stopped"
    CONTACT_DROPPED = "contact_dropped"
    """Another contact that was planned will not take place."""
    DEATH = "death"
    DAY_CANCELLED = "day_cancelled"
    DAY_CALLED_OFF = "day_called_off"
    """Because the victim's own consent no longer covers it."""
    CORRECTED = "corrected"
    """What the victim was told was wrong."""


class Refusal(StrEnum):
    """Why a record is refused."""

    NOT_ALLOWED_NOW = "not_allowed_now"
    CASE_CLOSED = "case_closed"
    NOT_BY_THIS_SENDER = "not_by_this_sender"
    NOT_ASKED = "not_asked"
    WHICH_AGENCY = "which_agency"
    MISSING_REASON = "missing_reason"
    REASON_DOES_NOT_FIT = "reason_does_not_fit"
    MISSING_FIELD = "missing_field"
    DAY_IN_PAST = "day_in_past"
    DAY_IN_FUTURE = "day_in_future"
    DAY_TOO_EARLY = "day_too_early"
    RENEWED_TWICE = "renewed_twice"
    NOTHING_CORRECTED = "nothing_corrected"
    DAY_OUT_OF_REACH = "day_out_of_reach"
    DAY_BEFORE_REQUEST = "day_before_request"
    UNKNOWN_AGENCY = "unknown_agency"
    UNKNOWN_WAIT = "unknown_wait"
    WHICH_WAIT = "which_wait"
    ALREADY_ASKED = "already_asked"
    ALREADY_FAILED = "already_failed"
    NO_TECHNICAL_PROBLEM = "no_technical_problem"
    VICTIM_MUST_ASK = "victim_must_ask"
    TOO_SOON = "too_soon"
    CONCERN_OPEN = "concern_open"
    DEATH_REPORTED = "death_reported"
    NO_FURTHER_CONTACT = "no_further_contact"
    FACILITATOR_NEEDED = "facilitator_needed"
    NOT_ACCREDITED = "not_accredited"
    FROM_STAFF_REGISTER = "from_staff_register"
    SPECIALIST_NEEDED = "specialist_needed"
    RISK_NEEDED = "risk_needed"
    RISK_RUNS_OUT = "risk_runs_out"
    FURTHER_ABUSE = "further_abuse"
    INDIRECT_ONLY = "indirect_only"
    CLEARANCE_RUNS_OUT = "clearance_runs_out"
    CONDITION_NOT_MET = "condition_not_met"
    FLAG_FOLLOWS_OFFENCE = "flag_follows_offence"
    CONSENT_MISSING = "consent_missing"
    FORM_RULED_OUT = "form_ruled_out"
    FORM_NOT_INDIRECT = "form_not_indirect"
    ASSESSMENT_OUTSTANDING = "assessment_outstanding"
    READINESS_RUNS_OUT = "readiness_runs_out"
    CHECK_OUTSTANDING = "check_outstanding"
    CHECKS_NEEDED = "checks_needed"
    SUPERVISOR_DECIDES = "supervisor_decides"
    ALREADY_CHALLENGED = "already_challenged"
    NOTHING_TO_CHALLENGE = "nothing_to_challenge"
    ALREADY_ON_HOLD = "already_on_hold"
    NOT_ON_HOLD = "not_on_hold"
    ON_HOLD = "on_hold"
    NOTHING_TO_CORRECT = "nothing_to_correct"
    NOT_THE_LAST_ENTRY = "not_the_last_entry"
    OWN_CONSENT_NEEDED = "own_consent_needed"
    NOT_UNDER_18 = "not_under_18"
    NOT_THE_SAME_INCIDENT = "not_the_same_incident"
    SAME_AREA = "same_area"
    TRANSFER_PENDING = "transfer_pending"
    NO_TRANSFER_PENDING = "no_transfer_pending"
    MEETING_DAY_SET = "meeting_day_set"
    REVIEW_PENDING = "review_pending"
    NO_REVIEW_PENDING = "no_review_pending"
    SAME_SUPERVISOR = "same_supervisor"
    NOTHING_TO_TELL = "nothing_to_tell"
    UNKNOWN_RULES = "unknown_rules"
    UNKNOWN_CALENDAR = "unknown_calendar"
    NOT_DUE = "not_due"
    VERSION_CONFLICT = "version_conflict"
    SEQUENCE_CONFLICT = "sequence_conflict"
    UNREADABLE = "unreadable"
    FREE_TEXT = "free_text"
    UNKNOWN_EVENT = "unknown_event"
    UNKNOWN_CASE = "unknown_case"
    NOT_DELIVERED = "not_delivered"
    RECORDED_OTHERWISE = "recorded_otherwise"


def wait_key(kind: WaitKind, detail: str = "") -> WaitKey:
    """The key of the wait of `kind`; `detail` is an agency, a side or a number."""
    return WaitKey(f"{kind}:{detail}" if detail else kind.value)


@functools.lru_cache(maxsize=4096)
def wait_kind(key: WaitKey) -> WaitKind:
    """The kind of the wait that `key` names."""
    return WaitKind(key.partition(":")[0])


def subject_of(key: WaitKey) -> WaitKey:
    """The key of the wait that a technical problem or a question is about; for any other wait, `key`."""
    for prefix in _ABOUT_ANOTHER_WAIT:
        key = WaitKey(key.removeprefix(prefix))
    return key


_ABOUT_ANOTHER_WAIT = (f"{WaitKind.TECHNICAL_PROBLEM}:", f"{WaitKind.INFORMATION}:")


def is_agency(waiting_on: str) -> bool:
    """Whether a wait is on an agency, rather than on staff."""
    return waiting_on.partition(":")[0] in AGENCY_KINDS


AGENCY_KINDS = frozenset(kind.value for kind in AgencyKind)


def agency_kind(agency: AgencyRef) -> AgencyKind:
    """The kind of the agency that `agency` names. Raises ValueError for one that names no known kind."""
    return AgencyKind(agency.partition(":")[0])
