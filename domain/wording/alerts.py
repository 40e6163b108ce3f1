"""The alerts that supervisors are sent: one line for each event that they are alerted to."""

from domain.events import AskFailed, BecameOverdue, DeadlineNear, HoldEnded, ReviewRequested, SecondNotice

ALERTS: dict[str, str] = {
    BecameOverdue.name: "{ref} is overdue: waiting for {about}. It stays open until somebody acts.",
    SecondNotice.name: "{ref} is still overdue (second notice): waiting for {about}.",
    HoldEnded.name: "{ref}: the hold has run out. The case stays on hold until somebody resumes it.",
    DeadlineNear.name: "{ref}: an outside date is near ({about}).",
    ReviewRequested.name: "{ref}: a review was requested. A supervisor who was not involved decides it.",
    AskFailed.name: "{ref}: the request for {about} cannot be delivered. {problem} A supervisor needs to act.",
}
