"""How an ask stands, in staff's words: what happened, when it is tried next, and what somebody can do about it."""

from datetime import datetime

from domain.days import format_day
from domain.staff_explanation import name_of
from domain.wording.delivery_failures import describe_failure

CANCELLED = "ask_cancelled"

_WHAT = {
    "ask": "The question to",
    "reminder": "The reminder to",
    CANCELLED: "The word that no answer is needed any more to",
}
_CAME_TO = {
    "sending": (
        "It is being sent; if the process that does so ends, it is sent again, under a key by which the agency knows "
        "that it is the same one."
    ),
    "delivered": "It has arrived.",
    "not_needed": "Nobody had to be told: the question had never arrived.",
}
_SETTLE = (
    "Then have it sent again (ask_retried), or name another agency in its place (route_extended); "
    "an answer that comes in another way is recorded on the agency's behalf."
)


def what(kind: str, agency: str) -> str:
    """What is sent to whom, such as `The question to the prison (eastmoor)`."""
    return f"{_WHAT[kind]} {name_of(agency)}"


def standing(kind: str, agency: str, outcome: str, error: str, next_try_at: datetime | None) -> str:
    """What the last attempt came to (`activities.ports.Outcome`), and what follows from it; all of it real time."""
    return " ".join(
        part for part in (happened(kind, agency, outcome, error, next_try_at), to_do(kind, outcome, error)) if part
    )


def happened(kind: str, agency: str, outcome: str, error: str, next_try_at: datetime | None) -> str:
    """What the last attempt came to, and whether there will be another."""
    match outcome:
        case "sending" | "delivered" | "not_needed":
            return _CAME_TO[outcome]
        case "manual" if kind == CANCELLED:
            return "A caseworker says so to the agency."
        case "manual":
            return "A caseworker asks the agency, and records its answer on its behalf."
        case "paused":
            return f"It rests: an operator has paused it (rj asks resume). {_tried_again(next_try_at)}"
        case "no_agency" if kind == CANCELLED:
            return "The agency that has the question has left the directory: ring it, if it is still at work on it."
        case "no_agency":
            return (
                f"Technical problem: the directory has nobody for {name_of(agency)} who takes this question, so nobody "
                "was asked."
            )
        case "refused" if kind == CANCELLED:
            return f"It is not tried again: {describe_failure(error).happened} ({error})."
        case "refused":
            return (
                f"Technical problem: {describe_failure(error).happened} ({error}), and sending it again as it is would not "
                "help."
            )
        case _:
            return f"Last time {describe_failure(error).happened} ({error}). {_tried_again(next_try_at)}"


def to_do(kind: str, outcome: str, error: str) -> str:
    """What somebody can do about an attempt that came to `outcome`; empty where nothing is to be done."""
    match outcome:
        case "no_agency" if kind != CANCELLED:
            return f"Enter the agency (rj agency add). {_SETTLE}"
        case "refused" if kind == CANCELLED:
            return "Ring the agency, if it is still at work on it."
        case "refused":
            return f"Look at {describe_failure(error).look_at}. {_SETTLE}"
        case "failed":
            return f"Look at {describe_failure(error).look_at}."
        case _:
            return ""


def moment(at: datetime) -> str:
    """A moment such as `4 June 2026, 09:32 UTC`."""
    return f"{format_day(at.date())}, {at:%H:%M} UTC"


def _tried_again(at: datetime | None) -> str:
    return f"It is tried again on {moment(at)}." if at else "It is tried again."
