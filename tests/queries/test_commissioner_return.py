"""5.1: the commissioner's return, with the figures of a quarter counted by hand."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import asyncpg
import pytest

from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.monitoring import PostgresMonitoring
from domain import events as e
from domain.events import Actor, Event, Record
from domain.monitoring import CharacteristicAnswers
from domain.vocabulary import (
    AgeGroup,
    AgencyRef,
    CaseRef,
    Consenter,
    Form,
    InitiatedBy,
    Offence,
    Satisfaction,
    Side,
    TakesPartAs,
    Whereabouts,
)
from ports.inbox import InboxMessage
from ports.monitoring import Offer
from queries.commissioner_return import ReturnLine, ReturnQueries
from queries.periods import Period
from tests.domain.alphabet import CASEWORKER, PRISON, SUPERVISOR, on_behalf
from workflows.case_log import CaseLog

pytestmark = pytest.mark.postgres

QUARTER = Period(date(2026, 1, 1), date(2026, 3, 31))
FOUND = e.TraceAnswered("found", Whereabouts.CUSTODY, AgencyRef("prison"))
SCREENED, APPROACHED = e.RequestScreened("proceed"), e.OffenderApproached()
ONLY_SUPERVISORS = (e.EntryCorrected, e.FacilitatorAssigned, e.TransferAccepted)
Entry = tuple[str, Event] | tuple[str, Event, Actor | date]
"""The day of recording, the event, and who recorded it or on which day it happened."""
CLEARED = e.AgencyCheckAnswered("no_objection")


def moment(day: str, time: str = "10:00") -> datetime:
    """A moment of 2026, in UTC."""
    return datetime.fromisoformat(f"2026-{day}T{time}:00+00:00")


@dataclass
class Country:
    """Cases as their workflows write them, offers, and answers about people."""

    pool: asyncpg.Pool

    async def run_case(self, received_at: datetime, request: e.RequestReceived, *entries: Entry) -> None:
        """Write a case with entries on days of 2026, by a caseworker where nobody is named."""
        ref = CaseRef(f"RJ-{uuid.uuid4().hex[:4].upper()}-{uuid.uuid4().hex[:4].upper()}")
        log = CaseLog(ref)
        dated = [(received_at, request, CASEWORKER), *((moment(day), *what) for day, *what in entries)]
        for number, (at, event, *more) in enumerate(dated):
            by = SUPERVISOR if isinstance(event, ONLY_SUPERVISORS) else CASEWORKER
            actor = next((one for one in more if isinstance(one, Actor)), by)
            day = next((one for one in more if isinstance(one, date)), None)
            result = log.apply(Record(f"entry-{number}", event, actor, occurred_on=day), at)
            assert result.refused is None, (event, result)
            batch = log.pending_batch()
            assert batch is not None
            await PostgresCaseFile(self.pool).write(batch)
            log.mark_written(batch)

    async def refuse_request(self, area: str, reason: str, day: str) -> None:
        """Store a request that never became a case."""
        request = {"area": area, "initiated_by": "offender", "takes_part_as": "direct_victim"}
        data = {**request, "offender_age_group": "adult", "has_vlo": True, "offence": "domestic_abuse"}
        message = InboxMessage("staff:x", day, CaseRef(f"RJ-2222-{day[:2]}22"), {"data": data}, bytes(32))
        accepted = await PostgresInbox(self.pool).accept_request(message, {}, None)
        await PostgresInbox(self.pool).resolve(accepted.id, "refused", reason)
        await self.pool.execute("update inbox set resolved_at = $2 where id = $1", accepted.id, moment(day))

    async def offer(self, day: str, area: str, offence: Offence, made_by: str) -> None:
        """Store an offer on a day of 2026."""
        offer = Offer(moment(day).date(), area, offence, AgencyRef(made_by))
        await PostgresMonitoring(self.pool).store_offer(offer, "staff:x", uuid.uuid4().hex, None)

    async def ask_people(self, day: str, area: str, side: Side, people: int, **answers: str) -> None:
        """Count the same answers of so many people."""
        for _ in range(people):
            person = CharacteristicAnswers(area, side, answers)
            await PostgresMonitoring(self.pool).count_characteristics(person, moment(day).date())

    async def count(self, period: Period = QUARTER, *areas: str) -> dict[str, dict[str, object]]:
        """The return by area and indicator: each item with its number, or with number, median and 90 %."""
        lines = await ReturnQueries(self.pool).list_lines(period, areas=list(areas) or None)
        counted: dict[str, dict[str, object]] = {}
        for line in lines:
            value = line.number if line.median_days is None else (line.number, line.median_days, line.p90_days)
            counted.setdefault(f"{line.area or 'all'} {line.indicator}", {})[line.item] = value
        return counted


def create_request(area: str, offence: Offence, **others: object) -> e.RequestReceived:
    usual = {
        "area": area,
        "initiated_by": InitiatedBy.VICTIM,
        "takes_part_as": TakesPartAs.DIRECT_VICTIM,
        "offender_age_group": AgeGroup.ADULT,
        "offence": offence,
        "has_vlo": True,
    }
    return e.RequestReceived(**(usual | others))  # type: ignore[arg-type]


@pytest.fixture
async def country(pool: asyncpg.Pool) -> Country:
    """Two areas in the first quarter of 2026, with some of what came before and after it."""
    country = Country(pool)
    # Eastmoor: a meeting on 10 February, which is recorded later; and feedback that replaces earlier feedback.
    await country.run_case(
        moment("01-05"),
        create_request(
            "eastmoor", Offence.BURGLARY, referred_by="police:eastmoor-police", referred_on=date(2026, 1, 2)
        ),
        ("01-08", SCREENED),
        ("01-09", e.ContactMade(), date(2026, 1, 7)),
        ("01-10", FOUND),
        ("01-20", APPROACHED, date(2026, 1, 18)),
        ("01-25", e.OffenderAnswered("willing")),
        ("02-12", e.MeetingHeld(Form.FACE_TO_FACE, "completed", agreement=True, on=date(2026, 2, 10))),
        ("02-12", e.FeedbackRecorded(Side.VICTIM, Satisfaction.SATISFIED, "partly")),
        ("02-24", e.FollowUpRecorded("met")),
        ("03-01", e.FeedbackRecorded(Side.VICTIM, Satisfaction.VERY_SATISFIED)),
        ("03-03", e.FeedbackRecorded(Side.OFFENDER, Satisfaction.NEITHER, "no")),
        ("03-24", e.FollowUpRecorded("not_met")),
        ("05-05", e.FollowUpRecorded("met")),
    )
    # Eastmoor: asked in the year before, passed one letter on, withdrew.
    await country.run_case(
        datetime(2025, 12, 20, 10, tzinfo=UTC),
        create_request("eastmoor", Offence.THEFT, has_vlo=False),
        ("01-02", e.ContactMade()),
        ("01-03", SCREENED),
        ("01-03", FOUND),
        ("01-03", e.FacilitatorAssigned("staff-4")),
        ("01-03", e.RiskAssessed("direct", False)),
        ("01-03", CLEARED, on_behalf(PRISON)),
        ("01-03", CLEARED),
        ("01-04", e.OffenderAnswered("willing")),
        ("01-06", e.ConsentRecorded(Consenter.VICTIM)),
        ("01-06", e.ConsentRecorded(Consenter.OFFENDER)),
        ("01-10", e.MessagePassed(Form.LETTER, "victim")),
        ("01-15", e.Withdrawn(Side.VICTIM)),
    )
    # Westhaven: a court asks; the victim is under 18, and so is the offender; the first approach was an error.
    await country.run_case(
        moment("02-01"),
        create_request(
            "westhaven",
            Offence.THEFT,
            initiated_by=InitiatedBy.COURT,
            offender_age_group=AgeGroup.UNDER_18,
            victim_under_18=True,
        ),
        ("02-11", e.VictimAnswered("wants")),
        ("02-13", SCREENED),
        ("02-14", FOUND),
        ("03-01", APPROACHED),
        ("03-02", e.EntryCorrected("entry-4")),
        ("03-30", APPROACHED),
    )
    # Westhaven: the last request of the quarter, half past midnight in London; and the first of the next one.
    await country.run_case(moment("03-30", "23:30"), create_request("westhaven", Offence.SEXUAL_OFFENCE))
    await country.run_case(moment("03-31", "23:30"), create_request("westhaven", Offence.BURGLARY))
    await country.refuse_request("westhaven", "victim_must_ask", "03-04")
    await country.refuse_request("westhaven", "victim_must_ask", "04-04")
    await country.offer("01-01", "eastmoor", Offence.BURGLARY, "police")
    await country.offer("03-31", "eastmoor", Offence.THEFT, "police:eastmoor-police")
    await country.offer("02-03", "westhaven", Offence.BURGLARY, "vlo")
    await country.offer("04-01", "westhaven", Offence.BURGLARY, "vlo")
    return country


async def test_the_return_of_a_quarter_has_the_figures_counted_by_hand(country: Country) -> None:
    assert await country.count() == {
        "all offers": {"all": 3},
        "all offers_by_offence": {"burglary": 2, "theft": 1},
        "all offers_by_agency": {"police": 2, "vlo": 1},
        "all requests": {"all": 4},
        "all requests_by_referrer": {"none": 3, "police": 1},
        "all requests_by_offence": {"burglary": 1, "domestic_abuse": 1, "sexual_offence": 1, "theft": 1},
        "all requests_by_route": {"police": 3, "youth": 1},
        "all requests_by_initiator": {"victim": 2, "court": 1, "offender": 1},
        "all requests_by_enhanced_rights": {"enhanced_rights": 3, "standard_rights": 1},
        "all days_to_first_contact": {"all": (3, 10, 13)},
        "all days_to_approach": {"all": (3, 16, 57)},
        "all days_to_contact": {"all": (1, 39, 39)},
        "all contacts_by_form": {"face_to_face": 1},
        "all messages_passed_by_form": {"letter": 1},
        "all ends_by_reason": {"victim_must_ask": 1, "victim_withdrew": 1},
        "all agreements_kept": {"not_met": 1},
        "all needs_met_victim": {"partly": 1},
        "all needs_met_offender": {"no": 1},
        "all satisfaction_victim": {"very_satisfied": 1},
        "all satisfaction_offender": {"neither": 1},
        "eastmoor offers": {"all": 2},
        "eastmoor offers_by_offence": {"burglary": 1, "theft": 1},
        "eastmoor offers_by_agency": {"police": 2},
        "eastmoor requests": {"all": 1},
        "eastmoor requests_by_referrer": {"police": 1},
        "eastmoor requests_by_offence": {"burglary": 1},
        "eastmoor requests_by_route": {"police": 1},
        "eastmoor requests_by_initiator": {"victim": 1},
        "eastmoor requests_by_enhanced_rights": {"standard_rights": 1},
        "eastmoor days_to_first_contact": {"all": (2, 5, 13)},
        "eastmoor days_to_approach": {"all": (2, 15, 16)},
        "eastmoor days_to_contact": {"all": (1, 39, 39)},
        "eastmoor contacts_by_form": {"face_to_face": 1},
        "eastmoor messages_passed_by_form": {"letter": 1},
        "eastmoor ends_by_reason": {"victim_withdrew": 1},
        "eastmoor agreements_kept": {"not_met": 1},
        "eastmoor needs_met_victim": {"partly": 1},
        "eastmoor needs_met_offender": {"no": 1},
        "eastmoor satisfaction_victim": {"very_satisfied": 1},
        "eastmoor satisfaction_offender": {"neither": 1},
        "westhaven offers": {"all": 1},
        "westhaven offers_by_offence": {"burglary": 1},
        "westhaven offers_by_agency": {"vlo": 1},
        "westhaven requests": {"all": 3},
        "westhaven requests_by_referrer": {"none": 3},
        "westhaven requests_by_offence": {"domestic_abuse": 1, "sexual_offence": 1, "theft": 1},
        "westhaven requests_by_route": {"police": 2, "youth": 1},
        "westhaven requests_by_initiator": {"court": 1, "offender": 1, "victim": 1},
        "westhaven requests_by_enhanced_rights": {"enhanced_rights": 3},
        "westhaven days_to_first_contact": {"all": (1, 10, 10)},
        "westhaven days_to_approach": {"all": (1, 57, 57)},
        "westhaven ends_by_reason": {"victim_must_ask": 1},
    }


async def test_a_case_counts_for_the_area_that_had_it_and_a_transfer_changes_no_past_figure(country: Country) -> None:
    """3.7d."""
    opened = (moment("01-05"), create_request("eastmoor", Offence.FRAUD))
    in_eastmoor: tuple[Entry, ...] = (("01-06", e.ContactMade()), ("01-07", SCREENED), ("01-08", FOUND))
    before = await country.count()
    await country.run_case(*opened, *in_eastmoor)
    stayed = await country.count()
    moved: tuple[Entry, ...] = (
        ("02-01", e.TransferProposed("westhaven", consent=True)),
        ("02-03", e.TransferAccepted()),
        ("02-10", APPROACHED),
        ("02-12", e.TransferProposed("southmere", consent=True)),
        ("02-14", e.TransferAccepted()),
        ("02-20", e.FeedbackRecorded(Side.VICTIM, Satisfaction.NEITHER)),
    )
    await country.run_case(*opened, *in_eastmoor, *moved)
    counted = await country.count()
    assert before["eastmoor requests"] == {"all": 1}
    assert (stayed["eastmoor requests"], counted["eastmoor requests"]) == ({"all": 2}, {"all": 3})
    assert counted["eastmoor days_to_first_contact"] == {"all": (4, 1, 13)}
    assert counted["eastmoor days_to_approach"] == before["eastmoor days_to_approach"]
    assert counted["westhaven requests"] == before["westhaven requests"]
    assert counted["westhaven days_to_approach"] == {"all": (2, 36, 57)}
    assert counted["southmere satisfaction_victim"] == {"neither": 1}
    assert not {line for line in counted if line.startswith("southmere")} - {"southmere satisfaction_victim"}
    for area in ("eastmoor", "westhaven", "southmere"):
        alone = await country.count(QUARTER, area)
        assert {line: items for line, items in counted.items() if line.startswith(f"{area} ")} == {
            line: items for line, items in alone.items() if line.startswith(f"{area} ")
        }


async def test_the_quarter_after_it_counts_what_came_after_it(country: Country) -> None:
    counted = await country.count(Period(date(2026, 4, 1), date(2026, 6, 30)), "eastmoor", "westhaven")
    assert {what: items for what, items in counted.items() if what.startswith("all ") and "_by_" not in what} == {
        "all offers": {"all": 1},
        "all requests": {"all": 2},
        "all agreements_kept": {"met": 1},
    }
    assert counted["all ends_by_reason"] == {"victim_must_ask": 1, "contact_took_place": 1}


async def test_the_return_of_one_area_counts_no_other(country: Country) -> None:
    both, one = await country.count(), await country.count(QUARTER, "westhaven")
    theirs = {what: items for what, items in both.items() if what.startswith("westhaven ")}
    assert {what: items for what, items in one.items() if what.startswith("westhaven ")} == theirs
    assert {
        what.replace("all ", "westhaven "): items for what, items in one.items() if what.startswith("all ")
    } == theirs


async def test_characteristics_are_counted_apart_and_no_small_number_can_be_found(country: Country) -> None:
    """Each number that is shown is a multiple of five, and so is each difference of two of them."""
    for side in Side:
        await country.ask_people("01-31", "eastmoor", side, 12, gender="woman", age="25_to_34")
        await country.ask_people("02-28", "eastmoor", side, 3, gender="man", age="25_to_34")
        await country.ask_people("03-31", "westhaven", side, 4, gender="woman")
    await country.ask_people("03-31", "westhaven", Side.VICTIM, 6, gender="man")
    await country.ask_people("04-01", "eastmoor", Side.VICTIM, 9, gender="woman")

    counted = await country.count()
    shown = {what: items for what, items in counted.items() if "characteristics" in what}
    ages = {f"age:{age}": None for age in ("under_18", "18_to_24", "35_to_49", "50_to_64", "65_and_over")}
    genders: dict[str, object] = {"gender:woman": 15, "gender:man": 10, "gender:another_gender": None}
    eastmoor = ages | genders | {"gender:woman": 10, "gender:man": None, "age:25_to_34": 15}
    assert shown == {
        "all characteristics_victim": ages | genders | {"age:25_to_34": 15},
        "all characteristics_offender": ages | genders | {"gender:man": None, "age:25_to_34": 15},
        "eastmoor characteristics_victim": eastmoor,
        "eastmoor characteristics_offender": eastmoor,
        "westhaven characteristics_victim": genders | {"gender:woman": None, "gender:man": 5},
    }
    longer = await country.count(Period(date(2026, 1, 1), date(2026, 6, 30)))
    numbers = [value for result in (counted, longer) for value in _numbers_of_people(result)]
    assert all(value >= 5 and value % 5 == 0 for value in numbers)


def _numbers_of_people(counted: dict[str, dict[str, object]]) -> Iterator[int]:
    for what, items in counted.items():
        if "characteristics" in what:
            yield from (value for value in items.values() if isinstance(value, int))


async def test_characteristics_of_a_part_of_a_quarter_are_not_shown(country: Country) -> None:
    await country.ask_people("02-28", "eastmoor", Side.VICTIM, 20, gender="man")
    for period in (Period(date(2026, 1, 2), date(2026, 3, 31)), Period(date(2026, 1, 1), date(2026, 3, 30))):
        assert not any("characteristics" in what for what in await country.count(period))


async def test_what_people_say_of_themselves_is_stored_without_case_day_or_author(country: Country) -> None:
    await country.ask_people("02-28", "eastmoor", Side.VICTIM, 2, ethnic_group="asian", religion="none")
    rows = [dict(row) for row in await country.pool.fetch("select * from characteristics order by characteristic")]
    common = {"area": "eastmoor", "quarter": date(2026, 1, 1), "side": "victim", "people": 2}
    assert rows == [
        common | {"characteristic": "ethnic_group", "value": "asian"},
        common | {"characteristic": "religion", "value": "none"},
    ]


async def test_an_offer_that_is_sent_again_counts_once(country: Country) -> None:
    offer = Offer(date(2026, 2, 1), "eastmoor", Offence.FRAUD, AgencyRef("court"))
    for _ in range(2):
        await PostgresMonitoring(country.pool).store_offer(offer, "staff:x", "the same key", None)
    assert (await country.count())["eastmoor offers_by_agency"] == {"police": 2, "court": 1}


async def test_the_lines_of_a_return_are_in_the_order_of_the_measures(country: Country) -> None:
    lines: tuple[ReturnLine, ...] = await ReturnQueries(country.pool).list_lines(QUARTER, areas=None)
    assert [line.area for line in lines] == sorted(line.area for line in lines)
    assert lines[:3] == (
        ReturnLine("", lines[0].indicator, "all", 3),
        ReturnLine("", lines[1].indicator, "burglary", 2),
        ReturnLine("", lines[2].indicator, "theft", 1),
    )
