"""What staff do in several sample requests, by the name under which a scenario asks for it."""

from collections.abc import Mapping, Sequence
from typing import Any

VARIANTS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "victim_needs_time": (
        {
            "on": "victim_answer",
            "after": 3,
            "event": "victim_answered",
            "data": {"answer": "needs_time", "until": "+21"},
        },
        {"on": "victim_answer", "after": 20, "event": "victim_answered", "data": {"answer": "wants"}},
    ),
    "both_consent": (
        {"on": "preparation", "after": 1, "event": "consent_recorded", "data": {"whose": "victim"}},
        {"on": "preparation", "after": 2, "event": "consent_recorded", "data": {"whose": "offender"}},
    ),
    "letters": (
        {"on": "preparation", "after": 3, "event": "consent_recorded", "data": {"whose": "victim"}},
        {"on": "preparation", "after": 4, "event": "consent_recorded", "data": {"whose": "offender"}},
        {
            "on": "preparation",
            "after": 7,
            "event": "message_passed",
            "data": {"form": "letter", "sender": "victim"},
        },
        {
            "on": "preparation",
            "after": 21,
            "event": "message_passed",
            "data": {"form": "letter", "sender": "offender"},
        },
        {
            "on": "preparation",
            "after": 30,
            "event": "meeting_held",
            "data": {"form": "letter", "result": "completed"},
        },
    ),
    "letters_then_meeting": (
        {
            "on": "preparation",
            "after": 3,
            "event": "message_passed",
            "data": {"form": "letter", "sender": "offender"},
        },
        {
            "on": "preparation",
            "after": 17,
            "event": "message_passed",
            "data": {"form": "letter", "sender": "victim"},
        },
    ),
    "meeting_postponed": (
        {
            "on": "meeting",
            "after": 6,
            "event": "meeting_postponed",
            "data": {"reason": "interpreter_pending"},
        },
    ),
    "on_hold_before_screening": (
        {
            "on": "screening",
            "after": 1,
            "event": "put_on_hold",
            "data": {"reason": "contested_proceedings_live", "until": "+28"},
        },
    ),
    "victim_withdraws": ({"on": "preparation", "after": 6, "event": "withdrawn", "data": {"whose": "victim"}},),
    "offender_withdraws": ({"on": "preparation", "after": 6, "event": "withdrawn", "data": {"whose": "offender"}},),
    "review_after_the_end": ({"on": "closed", "after": 5, "event": "review_requested"},),
}
"""Each is a list of actions as a scenario would write them out: see `devstack.staff_scripts.ScriptedAction`."""
