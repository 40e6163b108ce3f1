"""Batches of an invented case, as small as the case file allows."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from domain.effects import NotifyVictim
from domain.victim_notifications import MessageKind
from domain.vocabulary import CaseRef, Stage, Step
from ports.case_file import CaseSnapshot, Entry, Notification, RefusedRecord, WaitSnapshot, WriteBatch

REF = CaseRef("RJ-7Q2K-9F3M")
OTHER_REF = CaseRef("RJ-4H8T-2WXZ")
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SCREENING = WaitSnapshot("screening", "caseworker", START, date(2026, 3, 9))
ACKNOWLEDGED = Notification(
    NotifyVictim(
        f"{REF}.1.victim",
        REF,
        MessageKind.ACKNOWLEDGED,
        Stage.REQUESTED,
        Step.SCREENING,
        next_update_on=date(2026, 3, 30),
    ),
    START,
)
"""What the victim is told because of the first entry."""


def entry(version: int, **changes: Any) -> Entry:
    """The entry number `version`; the first is the request, the others record progress."""
    event = "request_received" if version == 1 else "progress_recorded"
    plain = Entry(
        version=version,
        id=f"record-{version}",
        event=event,
        data={"area": "eastshire", "flags": []} if version == 1 else {},
        by={"role": "caseworker", "id": "cw-1"},
        at=START + timedelta(days=version),
        stage="requested",
        step="screening",
    )
    return replace(plain, **changes)


def case(version: int, ref: CaseRef = REF, **changes: Any) -> CaseSnapshot:
    """The case after its entry number `version`."""
    plain = CaseSnapshot(
        ref=ref,
        version=version,
        area="eastshire",
        stage="requested",
        step="screening",
        reason=None,
        received_at=START,
        on_hold=False,
        assigned_to="",
        rules=1,
        policy="adult",
        initiated_by="victim",
        incident="",
        responsible_agency=None,
        ended_on=None,
        aftercare_ends_on=None,
        victim_updated_on=date(2026, 3, 2),
        waits=(SCREENING,),
        state={"version": version},
    )
    return replace(plain, **changes)


def create_batch(*versions: int, ref: CaseRef = REF, **changes: Any) -> WriteBatch:
    """The entries numbered `versions` and the case after the last of them."""
    return WriteBatch(ref, tuple(entry(version) for version in versions), case=case(versions[-1], ref, **changes))


def create_refusal(record_id: str, code: str = "not_allowed_now", inbox: int = 0) -> RefusedRecord:
    """A record that was refused."""
    return RefusedRecord(record_id, "meeting_held", {"role": "caseworker", "id": "cw-1"}, START, code, inbox=inbox)
