"""What is to be written stays in the log until it is written, and goes along from one run to the next."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from domain.agency_updates import CaseUpdate, UpdateKind
from domain.effects import NotifyVictim
from domain.events import Actor, ContactPreferenceChanged, Record
from domain.vocabulary import CaseRef, Contact, Role
from ports.case_file import RecordResult, WriteBatch
from tests.fakes import REQUEST
from workflows.case_log import MAX_BATCH, CarryOver, CaseLog
from workflows.record_codec import MAX_RECORD_BYTES, read_record
from workflows.seen_ids import SeenIds

REF = CaseRef("RJ-7Q2K-9F3M")
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=3)

LIMIT = 256 * 1024
"""Above this size Temporal warns of a payload."""

COLLIDING = ("record-d4ea33080074", "record-ce70d1a8a834")
"""Two ids whose SHA-256 begins with the same six bytes."""

_CARRIED = TypeAdapter(CarryOver)


CASEWORKER = {"role": "caseworker", "id": "c.okafor"}
SPECIALIST_IN = ["domestic_abuse", "sexual_harm", "stalking"]


def apply(log: CaseLog, event: str, now: datetime = NOW, **data: Any) -> None:
    log.apply(
        read_record({"id": f"{event}-{now}".replace(" ", "T"), "event": event, "data": data, "by": CASEWORKER}), now
    )


@pytest.fixture
def log() -> CaseLog:
    """The log of a case just begun, with nothing written."""
    log = CaseLog(REF)
    apply(log, "request_received", NOW, **REQUEST)
    return log


def messages(batch: WriteBatch) -> list[tuple[str, datetime]]:
    """The messages to the victim that `batch` carries, each with its time."""
    effects = ((notification.effect, notification.at) for notification in batch.notifications)
    return [(effect.message, at) for effect, at in effects if isinstance(effect, NotifyVictim)]


def test_a_notification_has_the_time_of_its_entry_whenever_it_is_written(log: CaseLog) -> None:
    apply(log, "withdrawn", LATER, whose="victim")
    batch = log.pending_batch()
    assert batch is not None
    assert messages(batch) == [("acknowledged", NOW), ("ended", LATER)]


def test_what_arrives_during_a_write_is_all_of_the_next_batch(log: CaseLog) -> None:
    first = log.pending_batch()
    apply(log, "progress_recorded", LATER)
    apply(log, "meeting_held", LATER, form="letter", result="completed")
    apply(log, "withdrawn", LATER, whose="victim")
    assert first is not None
    log.mark_written(first)
    second = log.pending_batch()
    assert second is not None
    assert [entry.event for entry in second.entries] == ["progress_recorded", "withdrawn"]
    assert [refused.event for refused in second.refused] == ["meeting_held"]
    assert messages(second) == [("ended", LATER)]
    log.mark_written(second)
    assert log.pending_batch() is None


def test_the_next_run_knows_and_owes_the_same(log: CaseLog) -> None:
    apply(log, "request_screened", LATER, answer="proceed")
    apply(log, "meeting_held", LATER, form="letter", result="completed")
    batch = log.pending_batch()
    assert batch is not None
    log.mark_written(batch)
    carried = _CARRIED.validate_json(_CARRIED.dump_json(log.to_carry_over()))
    following = CaseLog.from_carry_over(REF, carried)
    assert (following.case, following.results, following.outstanding) == (log.case, log.results, log.outstanding)
    assert list(following.outstanding) == ["RJ-7Q2K-9F3M.2.trace:vlo"]
    assert following.seen.pack() == log.seen.pack()


def progress(number: int) -> Record:
    return Record(f"record-{number}", ContactPreferenceChanged(Contact.EMAIL), Actor(Role.CASEWORKER, "c.okafor"))


def write_all(log: CaseLog) -> None:
    batch = log.pending_batch()
    assert batch is not None
    log.mark_written(batch)


def test_a_record_is_known_however_many_have_come_since(log: CaseLog) -> None:
    for number in range(2500):
        log.apply(progress(number), LATER)
        write_all(log)
    assert log.case is not None
    known, first = (
        progress(0),
        RecordResult("record-0", "contact_preference_changed", LATER, 2, "requested", "screening"),
    )
    assert log.needs_lookup(known.id)
    assert log.apply(known, LATER, first) == first
    assert (log.case.version, log.pending_batch()) == (2501, None)


def test_five_thousand_ids_take_forty_thousand_characters() -> None:
    seen = SeenIds()
    for number in range(5000):
        seen.add(f"agency:eastmoor-probation/{number}")
    packed = seen.pack()
    assert len(packed) <= 40_000
    assert all(f"agency:eastmoor-probation/{number}" in SeenIds(packed) for number in (0, 4999))
    assert "agency:eastmoor-probation/5000" not in SeenIds(packed)


def test_a_record_is_not_lost_because_its_id_looks_like_another(log: CaseLog) -> None:
    one, other = COLLIDING
    write_all(log)
    log.apply(replace(progress(0), id=one), LATER)
    write_all(log)
    assert log.needs_lookup(other)
    assert log.apply(replace(progress(0), id=other), LATER).version == 3


def agency(kind: str) -> dict[str, str]:
    return {"role": "agency", "id": f"avonside-{kind}", "kind": kind, "area": "avonside"}


FOUND = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
TO_A_MEETING: tuple[tuple[str, dict[str, str], dict[str, Any]], ...] = (
    ("request_screened", CASEWORKER, {"answer": "proceed"}),
    (
        "facilitator_assigned",
        {"role": "supervisor", "id": "s.adeyemi"},
        {"facilitator": "f.osei", "specialist_in": SPECIALIST_IN},
    ),
    ("risk_assessed", CASEWORKER, {"result": "direct", "further_abuse": False, "specialist_in": SPECIALIST_IN}),
    ("trace_answered", agency("vlo"), FOUND),
    ("agency_check_answered", agency("prison"), {"answer": "no_objection"}),
    ("agency_check_answered", agency("hmpps_rehub"), {"answer": "no_objection"}),
    ("offender_approached", agency("prison"), {}),
    ("offender_answered", agency("prison"), {"answer": "willing"}),
    ("readiness_assessed", CASEWORKER, {"answer": "ready"}),
    ("consent_recorded", CASEWORKER, {"whose": "victim"}),
    ("consent_recorded", CASEWORKER, {"whose": "offender"}),
)
LONGEST = {
    "event": "meeting_arranged",
    "data": {"form": "letter", "day": "2026-04-01", "joint_with": [f"RJ-{number:04}-0000" for number in range(470)]},
    "by": {"role": "caseworker", "id": "x" * 200},
    "note": "0" * 36,
}


def test_a_batch_and_what_is_carried_over_stay_small_with_the_largest_records(log: CaseLog) -> None:
    records: list[dict[str, Any]] = [{"event": event, "by": by, "data": data} for event, by, data in TO_A_MEETING]
    postponed = {"event": "meeting_postponed", "by": CASEWORKER, "data": {"reason": "illness"}}
    records += [LONGEST, postponed] * 100
    batches = []
    for number, record in enumerate(records):
        raw = {"id": f"{number:0200}", **record}
        assert len(json.dumps(raw)) <= MAX_RECORD_BYTES
        log.apply(read_record(raw), LATER)
        if not log.has_room:
            batch = log.pending_batch()
            assert batch is not None
            batches.append(batch)
            log.mark_written(batch)
    assert max(len(batch.entries) for batch in batches) < MAX_BATCH, "the size counts here"
    assert [refused for batch in batches for refused in batch.refused] == []
    assert max(len(TypeAdapter(WriteBatch).dump_json(batch)) for batch in batches) < LIMIT
    for number in range(5000):
        log.seen.add(f"agency:eastmoor-probation/{number}")
    assert len(_CARRIED.dump_json(log.to_carry_over())) < LIMIT


def move_to_a_meeting(log: CaseLog) -> None:
    """Arrange a meeting; everything that was to be sent before is done."""
    for number, (event, by, data) in enumerate(TO_A_MEETING):
        log.apply(read_record({"id": f"step-{number}", "event": event, "by": by, "data": data}), LATER)
    for effect in list(log.outstanding.values()):
        log.mark_done(effect)
    apply(log, "meeting_arranged", LATER, form="face_to_face", day="2026-04-01")


def list_waiting(log: CaseLog) -> list[tuple[UpdateKind, ...]]:
    """What the prison has yet to be told, in order."""
    updates = (effect for effect in log.outstanding.values() if isinstance(effect, CaseUpdate))
    return [update.changed for update in updates if update.agency == "prison"]


K = UpdateKind


def test_a_later_update_replaces_a_waiting_one_but_not_a_cancelled_day(log: CaseLog) -> None:
    """3.1b."""
    move_to_a_meeting(log)
    assert list_waiting(log) == [(K.DAY_SET,)]
    apply(log, "meeting_postponed", LATER, reason="illness")
    assert list_waiting(log) == [(K.DAY_CANCELLED,)]
    apply(log, "meeting_arranged", LATER + timedelta(days=1), form="letter", day="2026-04-08")
    assert list_waiting(log) == [(K.DAY_CANCELLED,), (K.DAY_SET,)]
    apply(log, "put_on_hold", LATER, reason="illness")
    assert list_waiting(log) == [(K.DAY_CANCELLED,), (K.DAY_CANCELLED, K.ON_HOLD)]


def test_updates_for_an_agency_are_sent_one_after_the_other_also_by_the_next_run(log: CaseLog) -> None:
    """3.1b."""
    move_to_a_meeting(log)
    apply(log, "meeting_postponed", LATER, reason="illness")
    apply(log, "meeting_arranged", LATER + timedelta(days=1), form="letter", day="2026-04-08")
    carried = _CARRIED.validate_json(_CARRIED.dump_json(log.to_carry_over()))
    for running in (log, CaseLog.from_carry_over(REF, carried)):
        ready = [effect for effect in running.ready_to_send() if isinstance(effect, CaseUpdate)]
        assert {effect.agency: effect.changed for effect in ready} == {
            "prison": (K.DAY_CANCELLED,),
            "hmpps_rehub": (K.DAY_CANCELLED,),
        }
        for effect in ready:
            running.mark_done(effect)
        assert {effect.changed for effect in running.ready_to_send()} == {(K.DAY_SET,)}  # type: ignore[union-attr]
