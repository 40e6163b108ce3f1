"""A supervisor's work over HTTP: what is stuck, many cases at once, cover, the board and reports."""

import asyncio
import csv
import io
from datetime import UTC, date, datetime, timedelta

from adapters.clock import StackClock
from adapters.postgres.board import PostgresBoard
from api.idempotency import REPLAYED
from api.pagination import encode_cursor
from api.problems import Code
from domain.people import StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import ADMIN, AUDITOR, CASEWORKER, NOBODY, SUPERVISOR, person
from tests.connections import unreachable_temporal

BULK, COVER = "/api/v1/bulk", "/api/v1/cover"
REPORTS = ("durations", "outcomes", "agencies", "return")
LOCAL = person("l.amari", StaffRole.SUPERVISOR, areas=(AREA,))


async def get_assignee(staff: StaffClient, ref: str) -> str:
    name: str = await staff.pool.fetchval("select state ->> 'assigned_to' from cases where ref = $1", ref)
    return name


async def all_assigned(staff: StaffClient, refs: list[str]) -> set[str]:
    return {await get_assignee(staff, ref) for ref in refs}


async def test_every_case_of_many_has_a_result_of_its_own(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    here, there = await staff.open_case(), await staff.open_case(ELSEWHERE)
    body = {"cases": [here, there, "RJ-0000-0000"], "to": "d.ferreira"}
    answer = (await staff.post(f"{BULK}/reassign", body, LOCAL)).json()
    assert (answer["done"], answer["failed"]) == (1, 2)
    assert [(result["ref"], result["done"], result["code"]) for result in answer["results"]] == [
        (here, True, None),
        (there, False, "wrong_area"),
        ("RJ-0000-0000", False, "unknown_case"),
    ]
    assert all(result["sentence"] for result in answer["results"])


async def test_the_same_many_again_count_once(staff: StaffClient) -> None:
    ref = await staff.open_case()
    body = {"cases": [ref], "to": "d.ferreira"}
    first = await staff.post(f"{BULK}/reassign", body, SUPERVISOR, key="reassign-1")
    again = await staff.post(f"{BULK}/reassign", body, SUPERVISOR, key="reassign-1")
    assert (again.json(), again.headers[REPLAYED]) == (first.json(), "true")
    query = "select count(*) from entries where ref = $1 and event = 'reassigned'"
    assert await staff.pool.fetchval(query, ref) == 1


async def test_what_could_not_be_done_of_many_is_done_by_the_same_again(staff: StaffClient) -> None:
    ref = await staff.open_case()
    body = {"cases": [ref, "RJ-0000-0000"], "to": "d.ferreira"}
    client, staff.temporal.client = staff.temporal.client, await unreachable_temporal()
    try:
        away = await staff.post(f"{BULK}/reassign", body, SUPERVISOR, key="reassign-2")
    finally:
        staff.temporal.client = client
    assert [result["code"] for result in away.json()["results"]] == ["temporal_unavailable", "unknown_case"]
    again = await staff.post(f"{BULK}/reassign", body, SUPERVISOR, key="reassign-2")
    assert [result["code"] for result in again.json()["results"]] == [None, "unknown_case"]
    kept = await staff.post(f"{BULK}/reassign", body, SUPERVISOR, key="reassign-2")
    assert (kept.json(), kept.headers[REPLAYED]) == (again.json(), "true")


async def test_waits_of_many_cases_are_extended(staff: StaffClient) -> None:
    refs = [await staff.open_case() for _ in range(2)]
    until = (StackClock().today() + timedelta(days=60)).isoformat()
    answer = (await staff.post(f"{BULK}/extend", {"cases": refs, "until": until}, SUPERVISOR)).json()
    assert (answer["done"], answer["failed"]) == (2, 0)
    for ref in refs:
        query = "select data ->> 'until' from entries where ref = $1 and event = 'wait_extended'"
        assert await staff.pool.fetchval(query, ref) == until
    past = {"cases": refs, "until": date(2020, 1, 1).isoformat()}
    refused = (await staff.post(f"{BULK}/extend", past, SUPERVISOR)).json()["results"][0]
    assert (refused["code"], refused["reason"]) == ("refused", "day_in_past")


async def open_case_with_checks(staff: StaffClient, area: str = AREA) -> str:
    """A case that waits for several at once, since one agency has answered."""
    ref = await staff.open_case(area)
    await staff.record(ref, "request_screened", data={"answer": "proceed"})
    found = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
    assert (await staff.record(ref, "trace_answered", data=found, on_behalf_of="charity")).status_code == 200
    return ref


async def with_a_late_wait(staff: StaffClient, ref: str) -> str:
    """The key of a wait that has run out, among others of the case that have not."""
    keys = await staff.pool.fetch("select key from waits where ref = $1 order by key", ref)
    assert len(keys) > 1
    late: str = keys[0]["key"]
    await staff.pool.execute("update waits set overdue_since = due_on where ref = $1 and key = $2", ref, late)
    return late


async def list_extended_waits(staff: StaffClient, ref: str) -> list[str]:
    """The waits of a case that were extended."""
    query = "select data ->> 'wait' as wait from entries where ref = $1 and event = 'wait_extended' order by version"
    return [row["wait"] for row in await staff.pool.fetch(query, ref)]


async def test_many_that_are_extended_again_are_not_extended_further(staff: StaffClient) -> None:
    ref = await open_case_with_checks(staff)
    late = await with_a_late_wait(staff, ref)
    body = {"cases": [ref], "until": (StackClock().today() + timedelta(days=60)).isoformat()}
    first = await staff.post(f"{BULK}/extend", body, SUPERVISOR, key="extend-1")
    assert await list_extended_waits(staff, ref) == [late]
    await staff.pool.execute(
        "update idempotency_keys set status = null, headers = null, body = null where key = 'extend-1'"
    )
    again = await staff.post(f"{BULK}/extend", body, SUPERVISOR, key="extend-1")
    [result], [same] = first.json()["results"], again.json()["results"]
    assert (REPLAYED in again.headers, again.json()["done"]) == (False, 1)
    # What changes is said of the case as it is found, and by now nothing does.
    assert {**same, "changes": result["changes"]} == result
    assert same["changes"] != result["changes"]
    assert await list_extended_waits(staff, ref) == [late]


async def test_many_that_are_extended_twice_at_once_are_extended_once(staff: StaffClient) -> None:
    ref = await open_case_with_checks(staff)
    late = await with_a_late_wait(staff, ref)
    body = {"cases": [ref], "until": (StackClock().today() + timedelta(days=60)).isoformat()}
    answers = await asyncio.gather(*(staff.post(f"{BULK}/extend", body, SUPERVISOR, key="extend-2") for _ in range(4)))
    assert {answer.json()["done"] for answer in answers} == {1}
    assert await list_extended_waits(staff, ref) == [late]


async def test_agencies_of_many_cases_are_reminded_and_who_waits_for_none_is_told(staff: StaffClient) -> None:
    asked, unasked = await staff.open_case(), await staff.open_case()
    await staff.record(asked, "request_screened", data={"answer": "proceed"})
    answer = (await staff.post(f"{BULK}/chase", {"cases": [asked, unasked]}, SUPERVISOR)).json()
    assert [(result["done"], result["reason"]) for result in answer["results"]] == [
        (True, None),
        (False, "unknown_wait"),
    ]
    waits = (await staff.get(f"/api/v1/cases/{asked}")).json()["waits"]
    assert [wait["chases"] for wait in waits if wait["key"] == "trace:charity"] == [1]


async def test_agencies_are_reminded_by_anybody_who_records_events(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await staff.record(ref, "request_screened", data={"answer": "proceed"})
    for who in (AUDITOR, ADMIN, NOBODY):
        problem(await staff.post(f"{BULK}/chase", {"cases": [ref]}, who), Code.WRONG_ROLE)
    assert (await staff.post(f"{BULK}/chase", {"cases": [ref]}, CASEWORKER)).json()["done"] == 1


async def test_cover_gives_all_cases_of_somebody_to_another_and_those_very_cases_back(staff: StaffClient) -> None:
    await staff.enter("absent.one", "covering.one")
    mine, others = [await staff.open_case() for _ in range(2)], [await staff.open_case()]
    for refs, to in ((mine, "absent.one"), (others, "covering.one")):
        await staff.post(f"{BULK}/reassign", {"cases": refs, "to": to}, SUPERVISOR)
        assert await all_assigned(staff, refs) == {to}
    pair = {"absent": "absent.one", "covering": "covering.one"}
    begun = (await staff.post(COVER, pair, SUPERVISOR)).json()
    assert (begun["done"], begun["failed"], begun["cover"]["cases"]) == (2, 0, 2)
    assert await all_assigned(staff, mine) == {"covering.one"}
    running = (await staff.get(COVER, SUPERVISOR)).json()["covers"]
    assert begun["cover"]["id"] in {cover["id"] for cover in running}
    ended = (await staff.post(f"{COVER}/{begun['cover']['id']}/end", None, SUPERVISOR)).json()
    assert (ended["done"], ended["cover"]["ended_at"] is None, ended["is_open"]) == (2, False, False)
    assert await all_assigned(staff, mine) == {"absent.one"}
    assert await all_assigned(staff, others) == {"covering.one"}


async def test_a_cover_whose_cases_are_covered_for_in_turn_is_said_to_go_on(staff: StaffClient) -> None:
    ref, ids = await staff.open_case(), []
    await staff.enter("absent.five", "absent.six", "covering.six")
    await staff.post(f"{BULK}/reassign", {"cases": [ref], "to": "absent.five"}, SUPERVISOR)
    for absent, covering in (("absent.five", "absent.six"), ("absent.six", "covering.six")):
        begun = await staff.post(COVER, {"absent": absent, "covering": covering}, SUPERVISOR)
        ids.append(begun.json()["cover"]["id"])
    first, later = ids
    for id, goes_on, whose in (
        (first, True, "covering.six"),
        (later, False, "absent.six"),
        (first, False, "absent.five"),
    ):
        ended = (await staff.post(f"{COVER}/{id}/end", None, SUPERVISOR)).json()
        assert (ended["is_open"], await get_assignee(staff, ref)) == (goes_on, whose)


async def test_covers_are_seen_by_anybody_who_sees_a_case_of_them_and_only_these_cases_count(
    staff: StaffClient,
) -> None:
    await staff.enter("absent.two", "covering.two")
    here, there = [await staff.open_case() for _ in range(2)], [await staff.open_case(ELSEWHERE)]
    await staff.post(f"{BULK}/reassign", {"cases": [*here, *there], "to": "absent.two"}, SUPERVISOR)
    begun = await staff.post(COVER, {"absent": "absent.two", "covering": "covering.two"}, SUPERVISOR)
    id = begun.json()["cover"]["id"]
    local, other = (person(f"s.{area}", StaffRole.SUPERVISOR, areas=(area,)) for area in (AREA, ELSEWHERE))
    third = person("s.third", StaffRole.SUPERVISOR, areas=("westhaven",))
    staff.tokens.people |= {person.id: person for person in (local, other, third)}
    for who, cases in ((SUPERVISOR, 3), (local, 2), (other, 1), (third, None)):
        seen = {cover["id"]: cover["cases"] for cover in (await staff.get(COVER, who)).json()["covers"]}
        assert seen.get(id) == cases
    problem(await staff.post(f"{COVER}/{id}/end", None, third), Code.UNKNOWN_COVER)

    mine = (await staff.post(f"{COVER}/{id}/end", None, local)).json()
    assert ({result["ref"] for result in mine["results"]}, mine["cover"]["cases"]) == (set(here), 2)
    assert mine["cover"]["ended_at"] is None
    assert await all_assigned(staff, there) == {"covering.two"}
    theirs = (await staff.post(f"{COVER}/{id}/end", None, other)).json()
    assert ([result["ref"] for result in theirs["results"]], theirs["cover"]["ended_at"] is None) == (there, False)
    for who, cases in ((SUPERVISOR, 3), (local, 2), (other, 1), (third, None)):
        over = (await staff.get(f"{COVER}?ended=true", who)).json()["covers"]
        assert {cover["id"]: cover["cases"] for cover in over}.get(id) == cases


async def test_a_cover_of_no_case_is_seen_by_who_began_it(staff: StaffClient) -> None:
    local, other = (person(f"s.{area}", StaffRole.SUPERVISOR, areas=(area,)) for area in (AREA, ELSEWHERE))
    staff.tokens.people |= {person.id: person for person in (local, other)}
    await staff.enter("has.none", "covering.two")
    begun = (await staff.post(COVER, {"absent": "has.none", "covering": "covering.two"}, local)).json()["cover"]
    assert begun["cases"] == 0
    for who, is_seen in ((local, True), (other, False), (SUPERVISOR, True)):
        assert (begun in (await staff.get(COVER, who)).json()["covers"]) is is_seen


async def test_covers_are_read_part_by_part_without_gap_or_double(staff: StaffClient) -> None:
    for number in range(5):
        await staff.enter(f"has.none.{number}", "covering.three")
        await staff.post(COVER, {"absent": f"has.none.{number}", "covering": "covering.three"}, SUPERVISOR)
    seen, part = [], (await staff.get(f"{COVER}?limit=2", SUPERVISOR)).json()
    while part["next"] is not None:
        seen += part["covers"]
        part = (await staff.get(f"{COVER}?limit=2&cursor={part['next']}", SUPERVISOR)).json()
    seen += part["covers"]
    whole = (await staff.get(f"{COVER}?limit=200", SUPERVISOR)).json()["covers"]
    assert [cover["id"] for cover in seen] == [cover["id"] for cover in whole]
    assert [cover["started_at"] for cover in seen] == sorted((cover["started_at"] for cover in seen), reverse=True)
    for of, place in (
        (False, (datetime.now(UTC), "a\0")),
        (False, ("yesterday", "a")),
        (True, (datetime.now(UTC), "a")),
    ):
        forged = encode_cursor({"covers": of}, place)
        problem(await staff.get(f"{COVER}?cursor={forged}", SUPERVISOR), Code.BAD_CURSOR)


async def test_a_cover_that_is_not_there_cannot_end(staff: StaffClient) -> None:
    for id in ("nonsense", "no%00sense", "%20"):
        problem(await staff.post(f"{COVER}/{id}/end", None, SUPERVISOR), Code.UNKNOWN_COVER)


async def test_what_supervisors_do_is_theirs_alone(staff: StaffClient) -> None:
    ref = await staff.open_case()
    for who in (CASEWORKER, AUDITOR, ADMIN, NOBODY):
        problem(await staff.post(f"{BULK}/reassign", {"cases": [ref], "to": "c.okafor"}, who), Code.WRONG_ROLE)
        problem(await staff.post(f"{BULK}/extend", {"cases": [ref], "until": "2099-12-31"}, who), Code.WRONG_ROLE)
        problem(await staff.post(COVER, {"absent": "a.b", "covering": "c.d"}, who), Code.WRONG_ROLE)


async def test_bad_bodies_are_told_by_their_field(staff: StaffClient) -> None:
    for path, body in (
        (f"{BULK}/extend", {"cases": ["RJ-0000-0000"], "until": "2026-02-31"}),
        (f"{BULK}/extend", {"cases": [], "until": "2026-12-31"}),
        (f"{BULK}/extend", {"cases": ["RJ-0000-0000"], "until": "2026-12-31", "reason": "weather"}),
        (COVER, {"absent": "a.b", "covering": "a.b"}),
    ):
        problem(await staff.post(path, body, SUPERVISOR), Code.UNREADABLE)


async def test_a_name_is_no_account_so_nothing_is_recorded_under_it_or_kept(staff: StaffClient) -> None:
    ref = await staff.open_case()
    for path, body, field in (
        (f"{BULK}/reassign", {"cases": [ref], "to": "Mary Smith"}, "to"),
        (COVER, {"absent": "Mary Smith", "covering": "c.okafor"}, "absent"),
        (COVER, {"absent": "c.okafor", "covering": "Mary Smith"}, "covering"),
    ):
        refusal = problem(await staff.post(path, body, SUPERVISOR), Code.FREE_TEXT)
        assert (field in refusal["detail"], "data." in refusal["detail"], "Mary" in refusal["detail"]) == (
            True,
            False,
            False,
        )
    kept = "select count(*) from covers where 'Mary Smith' in (absent, covering)"
    assert await staff.pool.fetchval(kept) == 0


async def test_the_board_says_as_of_when_it_counts(staff: StaffClient) -> None:
    await staff.open_case()
    await PostgresBoard(staff.pool).refresh(StackClock().today(), 0.0)
    shown = (await staff.get("/api/v1/board", SUPERVISOR)).json()
    assert shown["as_of"]
    assert shown["all_stages"]["open"] > 0
    rows = list(csv.DictReader(io.StringIO((await staff.get("/api/v1/board?format=csv", SUPERVISOR)).text)))
    assert sum(int(row["Open"]) for row in rows if row["Step"] == "All steps") == shown["all_stages"]["open"]


async def test_what_is_counted_is_counted_of_ones_own_areas_only(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    for area in (AREA, ELSEWHERE):
        ref, ended = await staff.open_case(area), await staff.open_case(area)
        await staff.enter(f"only.in.{area}")
        await staff.post(f"{BULK}/reassign", {"cases": [ref], "to": f"only.in.{area}"}, SUPERVISOR)
        await staff.record(ended, "withdrawn", data={"whose": "victim"})
        await open_case_with_checks(staff, area)
    await PostgresBoard(staff.pool).refresh(StackClock().today(), 0.0)
    whole, mine, there = [
        (await staff.get(f"/api/v1/board{of}", who)).json()
        for of, who in (("", SUPERVISOR), ("", LOCAL), (f"?area={ELSEWHERE}", SUPERVISOR))
    ]
    counted = [shown["all_stages"]["open"] for shown in (whole, mine, there)]
    assert counted[0] == counted[1] + counted[2]
    assert "only.in." + ELSEWHERE not in {person["assigned_to"] for person in mine["people"]}
    assert "only.in." + AREA in {person["assigned_to"] for person in mine["people"]}
    for report in REPORTS:
        lines = (await staff.get(f"/api/v1/reports/{report}", LOCAL)).json()["lines"]
        assert {line["area"] for line in lines} == {"", AREA}
        together, of_area = [[line | {"area": ""} for line in lines if line["area"] == area] for area in ("", AREA)]
        assert together == of_area
        problem(await staff.get(f"/api/v1/reports/{report}?area={ELSEWHERE}", LOCAL), Code.WRONG_AREA)


async def test_reports_are_read_and_exported(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await staff.record(ref, "withdrawn", data={"whose": "victim"})
    for report in REPORTS:
        shown = (await staff.get(f"/api/v1/reports/{report}", SUPERVISOR)).json()
        exported = await staff.get(f"/api/v1/reports/{report}?format=csv", SUPERVISOR)
        rows = list(csv.DictReader(io.StringIO(exported.text)))
        assert len(rows) == len(shown["lines"])
        period = {(row["First day of the period"], row["Last day of the period"]) for row in rows}
        assert period <= {(shown["first"], shown["last"])}
        # Each total is given once for each area, and once marked as that of all areas.
        assert ("All areas" in {row["Area"] for row in rows}) is bool(rows)
        assert "" not in {row["Area"] for row in rows}
        assert date.fromisoformat(shown["last"]) - date.fromisoformat(shown["first"]) == timedelta(days=89)
        problem(await staff.get(f"/api/v1/reports/{report}", ADMIN), Code.WRONG_ROLE)
        problem(await staff.get(f"/api/v1/reports/{report}?first=2020-01-01", SUPERVISOR), Code.BAD_REQUEST)
    outcomes = (await staff.get("/api/v1/reports/outcomes", SUPERVISOR)).json()["lines"]
    assert ("declined", "victim_withdrew") in {(line["outcome"], line["reason"]) for line in outcomes}


async def test_anybody_can_ask_who_they_are(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    me = (await staff.get("/api/v1/me", LOCAL)).json()
    assert me == {"id": "l.amari", "roles": ["supervisor"], "areas": [AREA]}
