"""The demonstration's clock goes on when nothing is left to do, and never before: no result depends on the machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.clock import StackClock
from devstack.waiting_clock import WaitingClock, clock_at, due_at, noon_of
from domain.calendar import ENGLAND_AND_WALES_2028 as CALENDAR
from domain.case import Case
from domain.due_events import due_now
from domain.events import Actor, Reassigned, Record, RequestReceived
from domain.intake import open_case
from domain.process import advance
from domain.vocabulary import AgeGroup, CaseRef, InitiatedBy, Role, TakesPartAs
from workflows.clock import STOPPED, CaseClock

MONDAY = date(2026, 11, 23)
REF = CaseRef("RJ-2222-3333")


@dataclass
class ObservedClock:
    """A clock of days, and what those of the cases were set to."""

    clock: WaitingClock
    settings: list[tuple[str, datetime]]

    async def go_on(self, due: Mapping[str, datetime | None] | None = None, *replies: tuple[str, datetime]) -> datetime:
        """What the clock shows after everything of its day was done."""
        await self.clock.advance(due or {}, replies)
        return self.clock.clock.now()


@pytest.fixture
def observed_clock(tmp_path: Path) -> ObservedClock:
    clock = StackClock(tmp_path / "clock")
    clock.set(clock_at(noon_of(MONDAY)))

    settings: list[tuple[str, datetime]] = []

    async def set_case(ref: str, clock: CaseClock) -> None:
        settings.append((ref, clock.case_time(datetime.now(UTC))))

    return ObservedClock(WaitingClock(clock, set_case), settings)


def open_assigned_case() -> Case:
    """A case that came in on Monday and has a caseworker."""
    request = RequestReceived("eastmoor", InitiatedBy.VICTIM, TakesPartAs.DIRECT_VICTIM, AgeGroup.ADULT)
    case = open_case(REF, Record("request", request, Actor(Role.SERVICE)), noon_of(MONDAY))
    return advance(case, Record("assigned", Reassigned("c.okafor"), Actor(Role.SUPERVISOR, "w.sesay")), noon_of(MONDAY))


def test_a_stopped_clock_shows_one_time_however_long_the_machine_takes() -> None:
    clock, moment = clock_at(noon_of(MONDAY)), noon_of(MONDAY)

    assert clock.case_time(datetime(2030, 1, 1, tzinfo=UTC)) == moment
    assert clock.real_delay(moment, moment + timedelta(days=1)) == STOPPED
    assert clock.real_delay(moment, moment) < timedelta(seconds=1)


async def test_the_next_day_begins_at_noon(observed_clock: ObservedClock) -> None:
    assert await observed_clock.go_on() == noon_of(MONDAY + timedelta(days=1))
    assert observed_clock.settings == []


async def test_what_is_due_this_evening_comes_before_the_next_day(observed_clock: ObservedClock) -> None:
    due = {
        REF: CALENDAR.end_of(MONDAY),
        "RJ-4444-5555": CALENDAR.end_of(MONDAY + timedelta(days=1)),
        "RJ-6666-7777": None,
    }

    assert await observed_clock.go_on(due) == noon_of(MONDAY)
    assert observed_clock.settings == [(REF, CALENDAR.end_of(MONDAY))]
    assert await observed_clock.go_on({REF: CALENDAR.end_of(MONDAY + timedelta(days=9))}) == noon_of(
        MONDAY + timedelta(days=1)
    )


async def test_a_case_knows_the_day_before_an_answer_reaches_it(observed_clock: ObservedClock) -> None:
    tomorrow = noon_of(MONDAY + timedelta(days=1))

    later = ("RJ-4444-5555", tomorrow + timedelta(minutes=1))
    assert await observed_clock.go_on(None, (REF, tomorrow), later) == tomorrow
    assert observed_clock.settings == [(REF, tomorrow)]


async def test_the_clock_of_a_case_never_goes_back(observed_clock: ObservedClock) -> None:
    await observed_clock.clock.set_for(REF, CALENDAR.end_of(MONDAY))
    await observed_clock.clock.set_for(REF)

    assert observed_clock.settings == [(REF, CALENDAR.end_of(MONDAY))]


async def test_a_case_is_recording_until_what_its_clock_brought_is_in_its_file(observed_clock: ObservedClock) -> None:
    case = open_assigned_case()
    due = due_at(case)
    assert due is not None
    assert not observed_clock.clock.is_recording(REF, case)

    await observed_clock.clock.set_for(REF, due)

    assert observed_clock.clock.is_recording(REF, case)
    while event := due_now(case, due):
        case = advance(case, Record(f"timer:{case.version}", event, Actor(Role.TIMER)), due)
    assert not observed_clock.clock.is_recording(REF, case)
