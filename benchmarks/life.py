"""The life that is measured: from the first word over a meeting held to the last follow-up, as messages."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from domain.vocabulary import AgencyKind

AREA = "eastmoor"
NOTICES = 6
"""What the victim is told in such a life: the acknowledgement, four milestones and the end."""

_STAFF: Mapping[str, Any] = {"role": "caseworker", "id": "bench"}


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
        """Whether somebody waits for what becomes of it."""
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
    return (*_until_ready(), *_until_closed(today + timedelta(days=3)))


def asks_of(messages: tuple[Message, ...]) -> int:
    """How many asks follow from `messages`."""
    return sum(message.asks for message in messages)


def _until_ready() -> Iterator[Message]:
    vlo, prison, rehub = _agency(AgencyKind.VLO), _agency(AgencyKind.PRISON), _agency(AgencyKind.HMPPS_REHUB, "")
    found = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
    may = {"answer": "no_objection"}
    yield Message("request_screened", {"answer": "proceed"}, asks=1)
    yield Message("trace_answered", found, vlo, after_asks=1, asks=2)
    yield Message("agency_check_answered", may, prison, after_asks=3)
    yield Message("agency_check_answered", may, rehub, after_asks=3, asks=1)
    yield Message("offender_approached", {}, prison, after_asks=4, asks=1)
    yield Message("offender_answered", {"answer": "willing"}, prison, after_asks=5, asks=1)
    yield Message("readiness_assessed", {"answer": "ready", "whose": "offender"}, prison, after_asks=6)
    yield Message("readiness_assessed", {"answer": "ready", "whose": "victim"})


def _until_closed(day: date) -> Iterator[Message]:
    for whose in ("victim", "offender"):
        yield Message("consent_recorded", {"whose": whose})
    yield Message("meeting_arranged", {"form": "face_to_face", "day": day.isoformat()})
    yield Message("meeting_held", {"form": "face_to_face", "result": "completed"})
    for _ in range(3):
        yield Message("follow_up_recorded", {"agreement_kept": "met"})


def _agency(kind: AgencyKind, area: str = AREA) -> Mapping[str, Any]:
    return {"role": "agency", "id": f"{area}-{kind}".strip("-"), "kind": kind.value, "area": area}
