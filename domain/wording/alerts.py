"""The alerts that supervisors are sent: one line for each event that they are alerted to, some by what it says."""

from domain.events import (
    AskFailed,
    BecameOverdue,
    ConcernDecided,
    ConcernRaised,
    ContactReported,
    DeadlineNear,
    DeathReported,
    FacilitatorChanged,
    HoldEnded,
    MeetingHeld,
    OffenderAnswered,
    OffenderApproached,
    ReviewRequested,
    RiskExpired,
    SecondNotice,
    TransferAccepted,
    TransferDeclined,
    VictimUpdated,
)
from domain.reasons import Reason
from domain.victim_notifications import MessageKind
from domain.vocabulary import Role

ALERT_SUBJECT = "Urgent: {ref} ({area})"
ALERT_FOOTER = "Sign in to read it: rj show {ref}"
"""Before and after each alert that is sent by email."""

ALERTS: dict[str, str] = {
    f"{ConcernDecided.name}:no_concern": (
        "{ref}: a supervisor looked into the concern that you raised and found no reason to stop contact."
    ),
    f"{ConcernDecided.name}:conditions": (
        "{ref}: a supervisor looked into the concern that you raised. Contact has conditions now."
    ),
    f"{ConcernDecided.name}:decline": (
        "{ref}: a supervisor looked into the concern that you raised and upheld it. There is no further contact."
    ),
    BecameOverdue.name: "{ref} is overdue: waiting for {about}. It stays open until somebody acts.",
    SecondNotice.name: "{ref} is still overdue (second notice): waiting for {about}.",
    HoldEnded.name: "{ref}: the hold has run out. The case stays on hold until somebody takes it off hold.",
    DeadlineNear.name: "{ref}: a date outside the process is near ({about}).",
    ReviewRequested.name: "{ref}: a review was requested. A supervisor who was not involved decides it.",
    ConcernRaised.name: "{ref}: a concern about contact was raised. Contact has stopped until a supervisor decides it.",
    DeathReported.name: "{ref}: a death was reported ({about}). Contact stops until a caseworker checks it.",
    ContactReported.name: "{ref}: the victim and the offender had contact outside the process. Are both safe?",
    FacilitatorChanged.name: "{ref}: the facilitator's accreditation has changed. Can they still take this case?",
    RiskExpired.name: "{ref}: the risk assessment has expired. Nobody is approached until there is a new one.",
    OffenderApproached.name: "{ref}: the offender was approached although contact was blocked ({about}).",
    OffenderAnswered.name: "{ref}: the offender answered although contact was blocked ({about}).",
    MeetingHeld.name: "{ref}: a meeting was held although contact was blocked ({about}).",
    TransferAccepted.name: "{ref}: your area has taken over this case. It has no caseworker and no facilitator yet.",
    TransferDeclined.name: "{ref}: the other area did not take this case over.",
    f"{MeetingHeld.name}:{Reason.STOPPED_FOR_SAFETY}": (
        "{ref}: a contact was stopped for safety. Ask at once how everybody is, and whether it is a concern."
    ),
    VictimUpdated.name: (
        "{ref}: the victim has waited long without news, and was told that a manager has been asked to look at it."
    ),
    f"{MessageKind.DAY_CANCELLED}:{Role.VICTIM}": (
        "{ref}: the victim cancelled the meeting day by their link. See that nobody else travels."
    ),
    MessageKind.DAY_CANCELLED: "{ref}: the meeting day was cancelled. The victim must be told before they travel.",
    AskFailed.name: "{ref}: the request for {about} cannot be delivered. {problem} A supervisor needs to act.",
}
"""When the event is recorded; where there are two words, with the second alone."""
