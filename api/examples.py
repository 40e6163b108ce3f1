"""Examples of what is described by dataclasses from further inside, which know nothing of a description."""

from typing import Any

_ASK = "RJ-7Q2K-9F3M.2.trace:probation"
_OFFENDER = {"name": "Barnaby Quell", "date_of_birth": "1990-12-31"}
_TRIED = {
    "number": 1,
    "outcome": "delivered",
    "error": "",
    "agency": "eastmoor-probation",
    "channel": "http",
    "address": "https://asks.probation.example/rj",
    "at": "2026-03-02T09:15:00Z",
}
_STANDING = {"open": 41, "overdue": 3, "on_hold": 2, "median_days": 9, "p90_days": 31}
_STAGE = {"stage": "requested", "standing": _STANDING, "steps": [["tracing", _STANDING]]}

OF_DATACLASSES: dict[str, dict[str, Any]] = {
    "AskMessage": {
        "type": "ask",
        "ask": _ASK,
        "case": "RJ-7Q2K-9F3M",
        "question": "trace",
        "due_on": "2026-03-16",
        "answer_to": "https://casework.example/webhooks/agencies/eastmoor-probation",
        "reminder": 0,
        "offender": _OFFENDER,
    },
    "OffenderDetails": _OFFENDER,
    "AskCancelledMessage": {"ask": _ASK, "case": "RJ-7Q2K-9F3M", "type": "ask_cancelled"},
    "PingMessage": {"type": "ping"},
    "Sent": {
        "key": _ASK,
        "ref": "RJ-7Q2K-9F3M",
        "kind": "ask",
        "agency": "probation",
        "question": "trace",
        "due_on": "2026-03-16",
        "reminder": 0,
        "cancels": None,
        "outcome": "delivered",
        "error": "",
        "attempts": 1,
        "failing_since": None,
        "next_try_at": None,
        "tried": [_TRIED],
    },
    "Tried": _TRIED,
    "Board": {
        "as_of": "2026-03-02T09:15:00Z",
        "today": "2026-03-02",
        "standing": _STANDING,
        "stages": [_STAGE],
    },
    "StageStanding": _STAGE,
    "Standing": _STANDING,
    "Caseload": {"assigned_to": "c.okafor", "open": 12, "overdue": 1, "on_hold": 0},
    "Duration": {
        "area": "eastmoor",
        "stage": "requested",
        "step": "tracing",
        "cases": 18,
        "median_days": 6,
        "p90_days": 15,
    },
    "Outcome": {"area": "eastmoor", "ended": "meeting_held", "reason": None, "form": "face_to_face", "cases": 4},
    "AgencyAnswers": {
        "area": "eastmoor",
        "agency": "probation",
        "asked": 20,
        "answered": 15,
        "unanswered": 1,
        "open": 4,
        "median_days": 5,
        "p90_days": 12,
        "chased": 6,
        "reminders": 9,
        "overdue": 2,
    },
}
"""By the name of the schema. Put in after the framework has written it: it leaves null out of an example."""
