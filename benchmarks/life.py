"""The life of a case that is measured: from the request over a meeting held to the last follow-up, as messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from domain.vocabulary import AgencyKind

AREA = "eastmoor"
NOTIFICATIONS = 7
"""The victim's in such a life: the acknowledgement, four milestones, the day that is set and the end."""

_STAFF: Mapping[str, Any] = {"role": "caseworker", "id": "bench"}
_SPECIALIST_IN = ["domestic_abuse", "sexual_harm", "stalking"]
_SUPERVISOR: Mapping[str, Any] = {"role": "supervisor", "id": "bench-2"}


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a life. `asks`: how many agencies are asked because of it.

    Staff's are sent as updates, one as soon as the one before is answered. An agency's are sent as signals, once
    `after_asks` asks of the case have arrived.
    """

    event: str
    data: Mapping[str, Any] = field(default_factory=dict)
    by: Mapping[str, Any] = field(default_factory=lambda: _STAFF)
    after_asks: int = 0
    asks: int = 0

    @property
    def is_update(self) -> bool:
        """Whether its sender waits for the outcome."""
        return not self.after_asks

    def record(self, id: str) -> dict[str, Any]:
        """Its JSON, as the service sends it."""
        return {"id": id, "event": self.event, "data": dict(self.data), "by": dict(self.by)}


REQUEST = Message(
    "request_received",
    {
        "area": AREA,
        "initiated_by": "victim",
        "takes_part_as": "direct_victim",
        "offender_age_group": "adult",
        "has_vlo": True,
    },
    {"role": "victim"},
)
"""What starts a case."""


def life(today: date) -> tuple[Message, ...]:
    """The messages after the request, in order; the meeting is arranged for the third day from `today`."""
    vlo, prison, rehub = _agency(AgencyKind.VLO), _agency(AgencyKind.PRISON), _agency(AgencyKind.HMPPS_REHUB, "")
    found = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
    no_objection, day = {"answer": "no_objection"}, (today + timedelta(days=3)).isoformat()
    return (
        Message("request_screened", {"answer": "proceed"}, asks=1),
        Message("facilitator_assigned", {"facilitator": "bench", "specialist_in": _SPECIALIST_IN}, _SUPERVISOR),
        Message("risk_assessed", {"result": "direct", "further_abuse": False, "specialist_in": _SPECIALIST_IN}),
        Message("trace_answered", found, vlo, after_asks=1, asks=2),
        Message("agency_check_answered", no_objection, prison, after_asks=3),
        Message("agency_check_answered", no_objection, rehub, after_asks=3, asks=1),
        Message("offender_approached", {}, prison, after_asks=4, asks=1),
        Message("offender_answered", {"answer": "willing"}, prison, after_asks=5, asks=1),
        Message("readiness_assessed", {"answer": "ready", "whose": "offender"}, prison, after_asks=6),
        Message("readiness_assessed", {"answer": "ready", "whose": "victim"}),
        *(Message("consent_recorded", {"whose": whose}) for whose in ("victim", "offender")),
        Message("meeting_arranged", {"form": "face_to_face", "day": day}),
        Message("meeting_held", {"form": "face_to_face", "result": "completed"}),
        *(Message("follow_up_recorded", {"agreement_kept": "met"}) for _ in range(3)),
    )


def asks_of(messages: Sequence[Message]) -> int:
    """How many asks follow from `messages`."""
    return sum(message.asks for message in messages)


def _agency(kind: AgencyKind, area: str = AREA) -> Mapping[str, Any]:
    return {"role": "agency", "id": f"{area}-{kind}".strip("-"), "kind": kind.value, "area": area}
