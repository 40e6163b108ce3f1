"""What staff read about a message of an agency that the process refused."""

from datetime import date

from domain.days import format_day
from domain.events import EVENTS
from domain.vocabulary import Refusal
from domain.wording.events import MEANINGS
from domain.wording.refusals import SENTENCES


def describe_refused_message(source: str, event: str, code: str, received_on: date, due_on: date) -> str:
    """Say what an agency sent, why it was not recorded, and by when somebody must look at it."""
    agency = source.removeprefix("agency:")
    meaning = MEANINGS[EVENTS[event]] if event in EVENTS else ""
    return (
        f"A message from {agency} of {format_day(received_on)} was not recorded ({event}). {meaning} "
        f"{SENTENCES[Refusal(code)]} To be resolved by {format_day(due_on)}."
    )


def suggest_resolution(inbox: int) -> str:
    """Say what can be done about a refused message."""
    return (
        f"Read it (rj refused show {inbox}); ring the agency if need be. Record what it says, such as a concern "
        f"(concern_raised), and close it (rj refused resolve {inbox})."
    )
