"""What staff read about a stuck case: why it is stuck, who can act, and what they can do."""

from datetime import date, datetime

from domain.days import format_day, to_london_day
from domain.staff_explanation import describe_awaited, name_of
from domain.steps import CASEWORKER, SUPERVISOR
from domain.vocabulary import WaitKey, WaitKind, is_agency, wait_kind
from domain.wording.staff import count, describe_reminders

STAFF = "the caseworker or a supervisor"
DIRECTORY = "the people who maintain the directory of agencies"
"""In `rj stuck`: who can act."""

_UNASSIGNED = {
    "unassigned": "Unassigned since {day}.",
    "unknown": "Assigned since {day} to {account}, who is not in the staff register.",
    "inactive": "Assigned since {day} to {account}, who no longer works here.",
    "other_work": "Assigned since {day} to {account}, who does not work on cases.",
    "other_areas": "Assigned since {day} to {account}, who has no access to cases in {area}.",
}
ASSIGN = "A supervisor assigns it to somebody who works in the area (reassigned)."
"""In `rj stuck`, where nobody works on a case, and what can be done."""


def describe_overdue(key: WaitKey, since: date, due_on: date, working_days: int, chases: int) -> str:
    """Say what a case has waited for too long; `working_days` is by how many it is overdue."""
    return (
        f"Waiting for {describe_awaited(key)}, since {format_day(since)}. "
        f"Overdue since {format_day(due_on)}, by {count(working_days, 'working day')}. {describe_reminders(chases)}"
    )


def describe_wait(key: WaitKey, since: date, due_on: date) -> str:
    """Say what a case waits for that may not wait any longer."""
    return f"Waiting for {describe_awaited(key)}, since {format_day(since)}. Due on {format_day(due_on)}."


def describe_long_standing(key: WaitKey, since: date, weeks: int, due_on: date) -> str:
    """Say what a case has waited for during `weeks`, though it may not be overdue."""
    return (
        f"Waiting for {describe_awaited(key)}, since {format_day(since)}: for {count(weeks, 'week')}. "
        f"Due on {format_day(due_on)}."
    )


def name_who_can_act(waiting_on: str, key: WaitKey | None = None) -> str:
    """Name the people who can act on a wait, or on something else that waits for them."""
    if key is not None and wait_kind(key) is WaitKind.TRANSFER:
        return f"a supervisor of {key.partition(':')[2]}"
    if is_agency(waiting_on):
        return f"{name_of(waiting_on)}, staff on its behalf, or a supervisor"
    return {CASEWORKER: STAFF, SUPERVISOR: "a supervisor"}.get(waiting_on, name_of(waiting_on))


def describe_undelivered(receiver: str, source: str, received_at: datetime, error: str) -> str:
    """Say that a message of the inbox could not be delivered."""
    day = format_day(to_london_day(received_at))
    return f"A message from {source}, received on {day}, could not be delivered to {receiver}: {error}."


def suggest_redelivery(inbox: int) -> str:
    """Say what can be done about a message that was not delivered."""
    return (
        f"Once the cause is fixed, have it delivered again (rj inbox retry {inbox}); "
        f"or record what it says by hand, and close it (rj inbox reject {inbox})."
    )


def describe_unassigned(code: str, account: str, area: str, since: date) -> str:
    """Say why nobody works on a case."""
    return _UNASSIGNED[code].format(day=format_day(since), account=account, area=area)


def describe_last_update(updated_on: date | None) -> str:
    """Say when the victim was last updated."""
    return f"Victim last updated on {format_day(updated_on)}." if updated_on else "The victim has not been updated yet."
