"""What staff read about a message of the inbox that has not been delivered."""

from datetime import datetime

from domain.days import format_moment

_ERRORS = {
    "unavailable": "Temporal does not answer",
    "timeout": "Temporal did not answer in time",
    "deadline_exceeded": "Temporal did not answer in time",
    "permission_denied": "Temporal refuses access",
    "unauthenticated": "Temporal refuses access",
    "not_in_temporal": "the case is open, and Temporal does not run it",
    "invalid_argument": "Temporal does not accept it",
    "unexpected_error": "an internal error: the server's log has the reason",
    "unimplemented": "this Temporal does not support what is asked of it",
}
"""In `rj inbox` and `rj stuck`: why the last attempt failed."""


def describe_error(code: str) -> str:
    """What a code says, with the code."""
    return f"{_ERRORS[code]} ({code})" if code in _ERRORS else code


def describe_dead_letter(reason: str) -> str:
    """Why it will not be delivered."""
    return f"It was not delivered, and is not tried any more: {describe_error(reason)}."


def describe_retries(attempts: int, next_try_at: datetime | None, error: str) -> str:
    """How often it was tried, and how that failed."""
    return f"It was tried {_times(attempts)}, and is tried again {_at(next_try_at)}: {describe_error(error)}."


def describe_waiting(behind: int | None) -> str:
    """What it waits for; `behind` is the message before it in the same case."""
    if behind is not None:
        return f"It waits for message {behind}, which came before it in the same case."
    return "It has not been tried: is a server running?"


def describe_unanswered(delivered_at: datetime | None) -> str:
    """Its case has it, and has not answered."""
    return f"Its case received it {_at(delivered_at)}, and has not answered: is a worker running?"


def describe_reused_id(times: int, last_at: datetime | None) -> str:
    """Its id came again with other contents."""
    return (
        f"Its id was sent again {_times(times)} with other contents, last {_at(last_at)}. "
        "They were not stored: ask the sender to send them under an id of their own."
    )


def describe_end(outcome: str | None, resolved_at: datetime | None, reason: str | None) -> str:
    """What became of it."""
    return f"It was {outcome} {_at(resolved_at)}{f': {reason}' if reason else ''}."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _at(moment: datetime | None) -> str:
    return f"on {format_moment(moment)}" if moment else "soon"
