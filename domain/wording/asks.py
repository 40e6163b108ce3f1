"""How far a request to an agency has got, for staff: what happened, when it is tried next, and what can be done."""

from datetime import datetime

from domain.days import format_moment
from domain.staff_explanation import name_of
from domain.vocabulary import PERSON, WaitKind
from domain.wording.agencies import QUESTIONS
from domain.wording.delivery_failures import describe_failure
from domain.wording.staff import count

CANCELLED = "ask_cancelled"
UPDATE = "case_update"

_KINDS = {
    "ask": "Request to",
    "reminder": "Reminder to",
    CANCELLED: "Cancellation to",
    UPDATE: "Update for",
}
_DONE = {
    "sending": "It is being sent. If that is interrupted, it is sent again under the same key.",
    "delivered": "Delivered.",
    "not_needed": "No cancellation was needed, as the request had never arrived.",
}
_UPDATES = {
    "not_needed": "No update was needed, as nothing had ever reached the agency.",
    "manual": "A caseworker tells them (rj tasks).",
    "no_agency": "It could not be sent: a caseworker tells them (rj tasks).",
    "refused": "It could not be sent: a caseworker tells them (rj tasks).",
}
"""In `rj show`: what is sent to agencies, what became of it, and what became of an update."""
_THEN = (
    "Then have it sent again (ask_retried), or name another agency instead (route_extended); "
    "an answer that arrives in another way is recorded on the agency's behalf."
)
"""After what has to be checked, where a request cannot be delivered."""


def describe_ask(kind: str, agency: str) -> str:
    """What is sent and to which agency, such as `The request to the prison (eastmoor)`."""
    return f"The {_KINDS[kind].lower()} {_name_recipient(agency)}"


def title_ask(kind: str, agency: str, question: str | None) -> str:
    """What is sent, to which agency and about what, such as `Request to the prison (eastmoor): trace`."""
    topic = f": {QUESTIONS[WaitKind(question)].topic}" if question else ""
    return f"{_KINDS[kind]} {_name_recipient(agency)}{topic}"


def _name_recipient(agency: str) -> str:
    return "the person who referred the case" if agency == PERSON else name_of(agency)


def describe_failing(kind: str, agency: str, attempts: int, since: datetime, outcome: str) -> str:
    """Say that something cannot be delivered; `outcome` describes the last attempt."""
    times = f"{count(attempts, 'attempt')} since {format_moment(since)}"
    return f"{describe_ask(kind, agency)} cannot be delivered: {times}. {outcome}"


def describe_status(kind: str, agency: str, outcome: str, error: str, next_try_at: datetime | None) -> str:
    """The outcome of the last attempt (`ports.agencies.AttemptOutcome`) and what can be done; times are real ones."""
    parts = (describe_outcome(kind, agency, outcome, error, next_try_at), next_action(kind, outcome, error))
    return " ".join(part for part in parts if part)


def describe_outcome(kind: str, agency: str, outcome: str, error: str, next_try_at: datetime | None) -> str:
    """The outcome of the last attempt, and when there will be another."""
    again = f"It will be tried again on {format_moment(next_try_at)}." if next_try_at else "It will be tried again."
    if kind == UPDATE and outcome in _UPDATES:
        return _UPDATES[outcome]
    match outcome:
        case "sending" | "delivered" | "not_needed":
            return _DONE[outcome]
        case "manual" if kind == CANCELLED:
            return "A caseworker tells the agency (rj tasks)."
        case "manual":
            return "A caseworker asks the agency, and records its answer on its behalf."
        case "paused":
            return f"Requests to the agency are paused (rj agency resume). {again}"
        case "no_agency" if kind == CANCELLED:
            return "The agency that has the request is no longer in the directory: a caseworker tells it (rj tasks)."
        case "no_agency":
            return f"Technical problem: the directory has no entry for {name_of(agency)} that takes this request."
        case "refused" if kind == CANCELLED:
            return f"It will not be tried again: {describe_failure(error).happened} ({error})."
        case "refused":
            happened = describe_failure(error).happened
            return f"Technical problem: {happened} ({error}). Sending it again unchanged would not help."
        case _:
            return f"Last time {describe_failure(error).happened} ({error}). {again}"


def next_action(kind: str, outcome: str, error: str) -> str:
    """What somebody can do after an attempt with this outcome; empty where there is nothing to do."""
    match outcome:
        case "no_agency" | "refused" if kind == UPDATE:
            return ""
        case "no_agency" if kind != CANCELLED:
            return f"Add the agency (rj agency add). {_THEN}"
        case "refused" if kind == CANCELLED:
            return "A caseworker tells the agency (rj tasks)."
        case "refused":
            return f"Check {describe_failure(error).look_at}. {_THEN}"
        case "failed":
            return f"Check {describe_failure(error).look_at}."
        case _:
            return ""
