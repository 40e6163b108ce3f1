"""What agencies, and people who referred a case, are told about it. No text names anybody."""

from collections.abc import Iterator

from domain.agency_updates import CaseUpdate, EndOutcome, UpdateKind
from domain.case import ConcernResult
from domain.days import format_day
from domain.vocabulary import PERSON, WaitKey, wait_kind
from domain.wording.agencies import FORM_LABELS
from domain.wording.staff import AGENCY_TASKS

_CHANGES: dict[UpdateKind, str] = {
    UpdateKind.DAY_SET: "A day has been set: {day}. Type of contact: {form}.",
    UpdateKind.DAY_MOVED: "The plan has changed: contact is on {day}. Type of contact: {form}.",
    UpdateKind.DAY_CANCELLED: "The day that was set, {day}, is cancelled. Nobody should travel or prepare for it.",
    UpdateKind.ON_HOLD: "The case is on hold. Please do nothing for it until we ask you.",
    UpdateKind.CONCERN_DECIDED: "A supervisor has decided the concern that was raised. {result}",
    UpdateKind.CORRECTED: "What we last told you was a mistake. The case continues.",
    UpdateKind.TRANSFERRED: "The case now belongs to another area, which continues it.",
    UpdateKind.ENDED: "The case has ended. {outcome}",
}
"""To agencies and people who referred the case, when this has changed."""
_RESULTS: dict[ConcernResult, str] = {
    "no_concern": (
        "It is no reason to stop contact. There may be others: please do not approach anybody until we ask you."
    ),
    "conditions": "Contact has conditions now. Please do not approach anybody until we ask you.",
    "decline": "There will be no contact.",
}
_OUTCOMES: dict[EndOutcome, str] = {
    EndOutcome.CONTACT_TOOK_PLACE: "Contact took place.",
    EndOutcome.NO_CONTACT: "Contact did not take place.",
    EndOutcome.TRANSFERRED: "It was transferred to another service.",
}
"""Within these: what was decided on a concern, and how the case has ended."""


def describe_changes(update: CaseUpdate) -> Iterator[str]:
    """Yield a sentence or two for each change."""
    for change in update.changed:
        yield (
            _CHANGES[change]
            .format(
                day=format_day(update.day) if update.day else "",
                form=FORM_LABELS[update.form].lower() if update.form else "",
                result=_RESULTS[update.result] if update.result else "",
                outcome=_OUTCOMES[update.outcome] if update.outcome else "",
            )
            .strip()
        )


def describe_update_task(told: CaseUpdate | WaitKey, recipient: str, contact: str, failed: bool) -> str:
    """Say who a caseworker tells, what, and how to reach them; `failed`: it could not be sent.

    `told` is an update, or the wait of a request that is cancelled.
    """
    why = " It has not been sent." if failed else ""
    reach = f"Contact: {contact}." if contact else "The directory has no contact details."
    if not isinstance(told, CaseUpdate):
        task = AGENCY_TASKS[wait_kind(told)].format(about=told.partition(":")[2])
        return f"Tell {recipient}, if it has been asked, not to {task}: the request is cancelled.{why} {reach}"
    news = " ".join(describe_changes(told))
    if told.agency == PERSON:
        return f"If the victim agrees, tell the person who referred the case: {news}"
    return f"Tell {recipient}: {news}{why} {reach}"
