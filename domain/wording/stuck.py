"""What staff read about a stuck case: why it is stuck, who can act, and what they can do."""

SUPERVISOR = "a supervisor"
CASEWORKER_OR_SUPERVISOR = "the caseworker or a supervisor"
AGENCY_OR_STAFF = "{agency}, staff on its behalf, or a supervisor"
DIRECTORY = "the people who maintain the directory of agencies"

OVERDUE = "Waiting for {awaited}, since {since}. Overdue since {due}, by {days}. {reminders}"
AGENCY_UNREACHABLE = "{what} cannot be delivered: {attempts} since {since}. {outcome}"
UNDELIVERED = "A message from {source}, received on {day}, could not be delivered to {receiver}: {error}."
UNDELIVERED_ACTION = (
    "Once the cause is fixed, have it delivered again (rj inbox retry {inbox}); "
    "or record what it says by hand, and close it (rj inbox resolve {inbox})."
)
UNASSIGNED: dict[str, str] = {
    "unassigned": "Unassigned since {day}.",
    "unknown": "Assigned since {day} to {account}, who is not in the staff register.",
    "inactive": "Assigned since {day} to {account}, who no longer works here.",
    "other_work": "Assigned since {day} to {account}, who does not work on cases.",
    "other_areas": "Assigned since {day} to {account}, who has no access to cases in {area}.",
}
UNASSIGNED_ACTION = "A supervisor assigns it to somebody who works in the area (reassigned)."

VICTIM_UPDATED = "Victim last updated on {day}."
VICTIM_NOT_UPDATED = "The victim has not been updated yet."
