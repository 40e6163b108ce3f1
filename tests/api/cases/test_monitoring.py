"""Offers, people's characteristics and feedback over HTTP: 5.1."""

import csv
import io
from datetime import date, timedelta
from typing import Any

from adapters.clock import StackClock
from api.idempotency import REPLAYED
from api.problems import Code
from domain.people import StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import ADMIN, AUDITOR, CASEWORKER, SUPERVISOR, person

LOCAL = person("m.haas", StaffRole.CASEWORKER, areas=(AREA,))
OFFERS, CHARACTERISTICS, RETURN = "/api/v1/offers", "/api/v1/characteristics", "/api/v1/reports/return"
OFFER: dict[str, Any] = {"area": AREA, "offence": "arson", "made_by": "prison"}


async def count(staff: StaffClient, indicator: str, item: str, query: str = "") -> int:
    """What the return of one area counts of an item."""
    lines = (await staff.get(f"{RETURN}?area={AREA}{query}", SUPERVISOR)).json()["lines"]
    numbers = {(line["area"], line["indicator"], line["item"]): line["number"] for line in lines}
    return numbers.get((AREA, indicator, item)) or 0


async def test_an_offer_names_nobody_counts_once_and_is_in_the_return(staff: StaffClient) -> None:
    before = await count(staff, "offers_by_offence", "arson")
    earliest = StackClock().today()
    first, again = [await staff.post(OFFERS, OFFER, key="offer-1") for _ in range(2)]
    assert first.status_code == 201
    uncorrected = {"corrects": None, "was_made": True}
    assert first.json() == OFFER | uncorrected | {name: first.json()[name] for name in ("id", "made_on")}
    assert earliest <= date.fromisoformat(first.json()["made_on"]) <= StackClock().today()
    assert (again.json(), again.headers[REPLAYED]) == (first.json(), "true")
    assert await count(staff, "offers_by_offence", "arson") == before + 1


async def test_an_offer_that_was_recorded_wrongly_is_kept_and_the_later_one_counts(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    items = ("arson", "burglary")
    before = [await count(staff, "offers_by_offence", item) for item in items]
    wrong = (await staff.post(OFFERS, OFFER)).json()["id"]
    correction = OFFER | {"offence": "burglary", "corrects": wrong}
    first, again = [await staff.post(OFFERS, correction, LOCAL, key="offer-2") for _ in range(2)]
    assert (first.status_code, again.json()) == (201, first.json())
    assert [await count(staff, "offers_by_offence", item) for item in items] == [before[0], before[1] + 1]

    problem(await staff.post(OFFERS, correction, LOCAL), Code.WRONG_STATE)
    gone = OFFER | {"corrects": first.json()["id"], "was_made": False}
    assert (await staff.post(OFFERS, gone)).status_code == 201
    assert [await count(staff, "offers_by_offence", item) for item in items] == before
    listed = (await staff.get(f"{OFFERS}?area={AREA}&limit=3")).json()["offers"]
    assert [(offer["is_corrected"], offer["was_made"]) for offer in listed] == [
        (False, False),
        (True, True),
        (True, True),
    ]
    assert (listed[2]["id"], listed[2]["recorded_by"]) == (wrong, CASEWORKER.account)


async def test_only_an_offer_of_ones_own_areas_can_be_corrected(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    await staff.open_case(ELSEWHERE)
    elsewhere = (await staff.post(OFFERS, OFFER | {"area": ELSEWHERE})).json()["id"]
    for corrects in (elsewhere, "00000000-0000-4000-8000-000000000000"):
        answer = await staff.post(OFFERS, OFFER | {"corrects": corrects}, LOCAL)
        assert problem(answer, Code.INVALID)["detail"] == "corrects: no such offer in your areas"
    problem(await staff.post(OFFERS, OFFER | {"was_made": False}), Code.INVALID)
    problem(await staff.get(f"{OFFERS}?area={ELSEWHERE}", LOCAL), Code.WRONG_AREA)


async def test_an_offer_is_of_a_real_area_a_real_agency_and_a_day_that_has_come(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    future = (StackClock().today() + timedelta(days=2)).isoformat()
    near = problem(await staff.post(OFFERS, OFFER | {"area": "avonsid"}), Code.UNKNOWN_AREA)
    assert near["near"] == [AREA]
    assert problem(await staff.post(OFFERS, OFFER | {"made_by": "prisn"}), Code.UNKNOWN_AGENCY)["near"] == ["prison"]
    problem(await staff.post(OFFERS, OFFER | {"area": ELSEWHERE}, LOCAL), Code.WRONG_AREA)
    problem(await staff.post(OFFERS, OFFER | {"offence": "jaywalking"}), Code.UNREADABLE)
    for day in (future, "1066-10-14"):
        problem(await staff.post(OFFERS, OFFER | {"made_on": day}), Code.INVALID)
    problem(await staff.post(OFFERS, OFFER | {"name": "Ada Example"}), Code.UNKNOWN_FIELD)


async def test_nobody_but_those_who_record_in_cases_may_add_to_the_counts(staff: StaffClient) -> None:
    said = {"area": AREA, "side": "victim", "answers": {"gender": "man"}}
    for who in (AUDITOR, ADMIN):
        problem(await staff.post(OFFERS, OFFER, who), Code.WRONG_ROLE)
        problem(await staff.post(CHARACTERISTICS, said, who), Code.WRONG_ROLE)


async def test_what_somebody_says_of_themselves_is_counted_and_stored_in_no_request(
    staff: StaffClient,
) -> None:
    said = {"area": AREA, "side": "offender", "answers": {"disability": "disabled", "religion": "sikh"}}
    for _ in range(5):
        answer = await staff.post(CHARACTERISTICS, said, key="characteristics-1")
        assert (answer.status_code, answer.json()) == (201, {"counted": 2})
    keys = "select count(*) from idempotency_keys where key = 'characteristics-1'"
    assert await staff.pool.fetchval(keys) == 0
    quarter = await staff.pool.fetchval("select min(quarter) from characteristics")
    last = (quarter + timedelta(days=100)).replace(day=1) - timedelta(days=1)
    query = f"&first={quarter}&last={last}"
    assert await count(staff, "characteristics_offender", "religion:sikh", query) == 5
    assert await count(staff, "characteristics_offender", "religion:jewish", query) == 0


async def test_only_answers_that_were_offered_are_counted(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    said = {"area": AREA, "side": "victim", "answers": {"gender": "woman"}}
    for answers in ({}, {"gender": "zebra"}, {"star_sign": "leo"}, {"gender": "woman", "age": "7"}):
        detail = problem(await staff.post(CHARACTERISTICS, said | {"answers": answers}), Code.INVALID)["detail"]
        assert "zebra" not in detail
        assert "star_sign" not in detail
    problem(await staff.post(CHARACTERISTICS, said | {"area": ELSEWHERE}, LOCAL), Code.WRONG_AREA)
    problem(await staff.post(CHARACTERISTICS, said | {"side": "both"}), Code.UNREADABLE)


async def test_feedback_of_a_closed_case_is_in_the_return_of_its_area(staff: StaffClient) -> None:
    ref, before = await staff.open_case(), await count(staff, "satisfaction_victim", "dissatisfied")
    await staff.record(ref, "withdrawn", data={"whose": "victim"})
    feedback = {"whose": "victim", "satisfaction": "dissatisfied", "needs_met": "no"}
    allowed = (await staff.get(f"/api/v1/cases/{ref}/allowed-events")).json()["allowed_events"]
    [event] = [event for event in allowed if event["event"] == "feedback_recorded"]
    fields = {field["name"]: field["choices"] for field in event["variants"][0]["fields"]}
    assert set(fields) == set(feedback)
    assert all(feedback[name] in choices for name, choices in fields.items())
    recorded = await staff.record(ref, "feedback_recorded", data=feedback)
    assert recorded.status_code == 200, recorded.text
    assert await count(staff, "satisfaction_victim", "dissatisfied") == before + 1
    refused = problem(await staff.record(ref, "feedback_recorded", data={"whose": "victim"}), Code.REFUSED)
    assert refused["reason"] == "missing_field"


async def test_the_return_as_a_table_is_in_words(staff: StaffClient) -> None:
    await staff.post(OFFERS, OFFER)
    exported = await staff.get(f"{RETURN}?format=csv", CASEWORKER)
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert list(rows[0]) == [
        "First day of the period",
        "Last day of the period",
        "Area",
        "What is counted",
        "Which",
        "Number",
        "Median (days)",
        "90% within (days)",
    ]
    assert ("Offers by who made them", "the prison") in {(row["What is counted"], row["Which"]) for row in rows}
    assert {row["Area"] for row in rows} >= {"All areas", AREA}
