"""Why an event is refused: a code for machines and a sentence for people. A refused event changes nothing."""

from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class Refusal(StrEnum):
    """The code of a refusal."""

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
    DAY_OUT_OF_REACH = "day_out_of_reach"
    UNKNOWN_AGENCY = "unknown_agency"
    UNKNOWN_WAIT = "unknown_wait"
    WHICH_WAIT = "which_wait"
    ALREADY_ASKED = "already_asked"
    ALREADY_FAILED = "already_failed"
    NO_TECHNICAL_PROBLEM = "no_technical_problem"
    VICTIM_MUST_ASK = "victim_must_ask"
    TOO_SOON = "too_soon"
    SPECIALIST_NEEDED = "specialist_needed"
    FURTHER_ABUSE = "further_abuse"
    CONSENT_MISSING = "consent_missing"
    FORM_RULED_OUT = "form_ruled_out"
    FORM_NOT_INDIRECT = "form_not_indirect"
    ASSESSMENT_OUTSTANDING = "assessment_outstanding"
    CHECK_OUTSTANDING = "check_outstanding"
    SUPERVISOR_DECIDES = "supervisor_decides"
    ALREADY_CHALLENGED = "already_challenged"
    NOTHING_TO_CHALLENGE = "nothing_to_challenge"
    ALREADY_ON_HOLD = "already_on_hold"
    NOT_ON_HOLD = "not_on_hold"
    ON_HOLD = "on_hold"
    NOTHING_TO_CORRECT = "nothing_to_correct"
    NOT_THE_LAST_ENTRY = "not_the_last_entry"
    REVIEW_PENDING = "review_pending"
    NO_REVIEW_PENDING = "no_review_pending"
    SAME_SUPERVISOR = "same_supervisor"
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


SENTENCES: dict[Refusal, str] = {
    Refusal.NOT_ALLOWED_NOW: "This cannot be recorded at the step that the case has reached.",
    Refusal.CASE_CLOSED: "The case has ended and takes nothing more of this kind.",
    Refusal.NOT_BY_THIS_SENDER: "Whoever sent this may not record it.",
    Refusal.NOT_ASKED: "This agency was not asked in this case.",
    Refusal.WHICH_AGENCY: "Several agencies are being waited for: say on behalf of which this is recorded.",
    Refusal.MISSING_REASON: "A reason must be given.",
    Refusal.REASON_DOES_NOT_FIT: "This reason does not fit this event.",
    Refusal.MISSING_FIELD: "A field that this answer needs is missing.",
    Refusal.DAY_IN_PAST: "The day must lie in the future.",
    Refusal.DAY_IN_FUTURE: "The day must not lie in the future.",
    Refusal.DAY_OUT_OF_REACH: "The day lies too many years away to be meant.",
    Refusal.UNKNOWN_AGENCY: "There is no such kind of agency.",
    Refusal.UNKNOWN_WAIT: "The case has no such wait.",
    Refusal.WHICH_WAIT: "Several waits are open: say which is meant.",
    Refusal.ALREADY_ASKED: "This agency is being asked already.",
    Refusal.ALREADY_FAILED: "It is known already that this ask cannot be delivered.",
    Refusal.NO_TECHNICAL_PROBLEM: "No technical problem keeps an ask back here.",
    Refusal.VICTIM_MUST_ASK: "In cases of sexual harm or domestic abuse only the victim, or a guardian, may ask.",
    Refusal.TOO_SOON: "The earlier case ended too recently to be taken up again.",
    Refusal.SPECIALIST_NEEDED: "A specialist facilitator must be assigned first.",
    Refusal.FURTHER_ABUSE: "No direct form while the last risk review does not rule further abuse out.",
    Refusal.CONSENT_MISSING: "Not every consent that is needed covers this form on this day.",
    Refusal.FORM_RULED_OUT: "This form has been ruled out.",
    Refusal.FORM_NOT_INDIRECT: "A message is passed by letter, message or shuttle.",
    Refusal.ASSESSMENT_OUTSTANDING: "A direct form needs both sides assessed as ready for it.",
    Refusal.CHECK_OUTSTANDING: "An agency's check is still awaited, or its objection stands.",
    Refusal.SUPERVISOR_DECIDES: "A supervisor decides this.",
    Refusal.ALREADY_CHALLENGED: "This objection has been challenged once: a supervisor decides now.",
    Refusal.NOTHING_TO_CHALLENGE: "There is no open objection to challenge.",
    Refusal.ALREADY_ON_HOLD: "The case is on hold already.",
    Refusal.NOT_ON_HOLD: "The case is not on hold.",
    Refusal.ON_HOLD: "The case is on hold: resume it first.",
    Refusal.NOTHING_TO_CORRECT: "No entry can be corrected: none changed the step since the last correction.",
    Refusal.NOT_THE_LAST_ENTRY: "Only the last entry that changed the step can be corrected.",
    Refusal.REVIEW_PENDING: "A review is pending already.",
    Refusal.NO_REVIEW_PENDING: "No review is pending.",
    Refusal.SAME_SUPERVISOR: "Another supervisor must decide: this one had a part in it.",
    Refusal.UNKNOWN_RULES: "These rules or this policy are not known here.",
    Refusal.UNKNOWN_CALENDAR: "This calendar is not known here.",
    Refusal.NOT_DUE: "This is not due yet.",
    Refusal.VERSION_CONFLICT: "The case has changed since it was read: read it again.",
    Refusal.SEQUENCE_CONFLICT: "The case file says something else than the case does: an operator must look at it first.",
    Refusal.UNREADABLE: "This could not be read as an event.",
    Refusal.FREE_TEXT: "A field holds free text where a code is expected: free text belongs in the note.",
    Refusal.UNKNOWN_EVENT: "There is no event of this name.",
    Refusal.UNKNOWN_CASE: "There is no such case.",
    Refusal.NOT_DELIVERED: "This could not be given to the case: ask the caseworker before you send it again.",
    Refusal.RECORDED_OTHERWISE: "This could not be given to the case; staff have recorded it in another way.",
}
"""One sentence for each code; it names nobody and can be shown to any sender."""


class CaseworkError(Exception):
    """What staff asked for was not done; each subclass says why."""


class RecordRefused(CaseworkError):
    """The event is refused for `code`; `detail` names the field, wait or agency that it is about, never a person."""

    def __init__(self, code: Refusal, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        """The sentence, with what it is about."""
        return SENTENCES[self.code] + (f" ({self.detail})" if self.detail else "")


def require(value: T | None, code: Refusal, detail: str = "") -> T:
    """Return `value`. Raises RecordRefused where it is None."""
    if value is None:
        raise RecordRefused(code, detail)
    return value


def refuse_if(condition: bool, code: Refusal, detail: str = "") -> None:
    """Raise RecordRefused where `condition` holds."""
    if condition:
        raise RecordRefused(code, detail)
