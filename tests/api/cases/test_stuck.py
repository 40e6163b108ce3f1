"""What is stuck, over HTTP: part by part or as a table, with the contacts, and what is stuck that is no case."""

import csv
import io
import uuid

from adapters.postgres.agency_pauses import PostgresAgencyPauses
from api.problems import Code
from domain.people import Person, StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import SUPERVISOR, person

STUCK = "/api/v1/stuck"
LOCAL = person("l.amari", StaffRole.SUPERVISOR, areas=(AREA,))


async def test_a_stuck_case_is_listed_once_with_each_reason_who_can_act_and_what_they_can_do(
    staff: StaffClient,
) -> None:
    ref = await staff.open_case()
    seen, path = [], "/api/v1/stuck?kind=unassigned&limit=2"
    part = (await staff.get(path, SUPERVISOR)).json()
    seen += part["cases"]
    while part["next"] is not None:
        part = (await staff.get(f"{path}&cursor={part['next']}", SUPERVISOR)).json()
        seen += part["cases"]
    [found] = [case for case in seen if case["ref"] == ref]
    assert len(seen) == len({case["ref"] for case in seen})
    [reason] = found["reasons"]
    assert reason["kind"] == "unassigned"
    assert all(reason[name] for name in ("since", "why", "who", "can_do"))


async def late_cases(staff: StaffClient, count: int) -> tuple[str, list[str]]:
    """Somebody, and so many overdue cases of theirs, the longest first."""
    who, refs = f"late.{uuid.uuid4().hex}", [await staff.open_case() for _ in range(count)]
    await staff.enter(who)
    await staff.post("/api/v1/bulk/reassign", {"cases": refs, "to": who}, SUPERVISOR)
    for days, ref in enumerate(reversed(refs)):
        for table in ("cases", "waits"):
            late = f"update {table} set overdue_since = current_date - $2::integer where ref = $1"  # noqa: S608
            await staff.pool.execute(late, ref, days)
    return who, refs


async def test_a_list_of_what_is_stuck_goes_on_where_there_may_be_more_and_nowhere_else(
    staff: StaffClient,
) -> None:
    who, refs = await late_cases(staff, 3)
    # As where two got going while the list was read.
    await staff.pool.execute("update waits set overdue_since = null where ref = any($1)", refs[:2])
    path = f"/api/v1/stuck?assigned_to={who}&kind=overdue"
    part = (await staff.get(f"{path}&limit=2", SUPERVISOR)).json()
    assert (part["cases"], part["next"] is None) == ([], False)
    rest = (await staff.get(f"{path}&limit=2&cursor={part['next']}", SUPERVISOR)).json()
    assert ([case["ref"] for case in rest["cases"]], rest["next"]) == (refs[2:], None)


async def test_what_is_stuck_is_a_table_with_a_row_for_each_case(staff: StaffClient) -> None:
    who, refs = await late_cases(staff, 2)
    exported = await staff.get(f"/api/v1/stuck?assigned_to={who}&kind=overdue&format=csv", SUPERVISOR)
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert [(row["Case"], row["Most harmful reason"]) for row in rows] == [(ref, "overdue") for ref in refs]
    assert all(row[name] for row in rows for name in ("Stuck since", "Reasons", "Why it is stuck", "What can be done"))
    assert "link" not in exported.headers


async def test_what_is_stuck_is_shown_of_ones_own_areas_only(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    here, there = await staff.open_case(), await staff.open_case(ELSEWHERE)
    for who, sees in ((LOCAL, {here}), (SUPERVISOR, {here, there})):
        shown, part = [], (await staff.get(f"{STUCK}?limit=200", who)).json()
        while part["next"] is not None:
            shown += part["cases"]
            part = (await staff.get(f"{STUCK}?limit=200&cursor={part['next']}", who)).json()
        shown += part["cases"]
        assert {here, there} & {case["ref"] for case in shown} == sees
        assert {case["area"] for case in shown if not who.may_see(ELSEWHERE)} <= {AREA}
    problem(await staff.get(f"/api/v1/stuck?area={ELSEWHERE}", LOCAL), Code.WRONG_AREA)


async def test_the_contact_is_shown_of_each_agency_that_holds_a_case_up(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await staff.record(ref, "request_screened", data={"answer": "proceed"})
    for table in ("cases", "waits"):
        await staff.pool.execute(f"update {table} set overdue_since = '2026-01-05' where ref = $1", ref)  # noqa: S608
    await staff.pool.execute("update agencies set contact = 'Duty desk' where id = $1", f"{AREA}-charity")
    listed = (await staff.get(f"{STUCK}?kind=overdue&area={AREA}&limit=200", SUPERVISOR)).json()["cases"]
    [case] = [case for case in listed if case["ref"] == ref]
    [agency] = case["agencies"]
    assert (agency["agency"], agency["waiting_on"], agency["contact"]) == (f"{AREA}-charity", "charity", "Duty desk")
    exported = await staff.get(f"{STUCK}?kind=overdue&area={AREA}&format=csv", SUPERVISOR)
    rows = {row["Case"]: row for row in csv.DictReader(io.StringIO(exported.text))}
    assert "Contact: Duty desk." in rows[ref]["Agencies"]


async def test_whose_asks_rest_is_told_to_everybody_but_of_agencies_of_their_areas_and_national_ones_only(
    staff: StaffClient,
) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    pauses, here, there = PostgresAgencyPauses(staff.pool), f"{AREA}-charity", f"{ELSEWHERE}-charity"
    await staff.pool.execute(
        "insert into agencies (id, kind, area, name, channel, address)"
        " values ('all-courts', 'court', '', 'Courts', 'manual', '')"
    )
    paused = ("", here, there, "all-courts")
    for agency in paused:
        await pauses.pause(agency, "staff:o.haddad")
    try:

        async def list_paused(query: str = "", who: Person = SUPERVISOR) -> list[str]:
            resting = (await staff.get(f"{STUCK}{query}", who)).json()["pauses"]
            assert {pause["by"] for pause in resting} == {"staff:o.haddad"}
            return [pause["agency"] for pause in resting]

        assert await list_paused() == sorted(paused)
        for of_area in (
            await list_paused("", LOCAL),
            await list_paused(f"?area={AREA}"),
            await list_paused("?assigned_to=c.okafor", LOCAL),
        ):
            assert of_area == sorted({*paused} - {there})
    finally:
        for agency in paused:
            await pauses.resume(agency, "staff:o.haddad")
        await staff.pool.execute("delete from agencies where id = 'all-courts'")
    assert (await staff.get(STUCK, SUPERVISOR)).json()["pauses"] == []


async def test_what_is_stuck_and_no_cases_is_told_who_asks_for_all_areas_and_sees_them(
    staff: StaffClient,
) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    ref = "RJ-3XAB-9PQW"
    await staff.pool.execute(
        "insert into findings (ref, kind, area, detail) values ($1, 'state_mismatch', $2, 'no_case')", ref, AREA
    )
    try:

        async def list_unmatched(query: str, who: Person = SUPERVISOR) -> list[str]:
            return [message["ref"] for message in (await staff.get(f"{STUCK}?{query}", who)).json()["unmatched"]]

        assert await list_unmatched("") == [ref]
        assert await list_unmatched("kind=state_mismatch&kind=unassigned") == [ref]
        assert await list_unmatched("kind=unassigned") == []
        assert await list_unmatched(f"area={AREA}") == []
        assert await list_unmatched("assigned_to=c.okafor") == []
        assert await list_unmatched("", LOCAL) == []
        for _ in range(2):
            await staff.open_case()
        first = (await staff.get(f"{STUCK}?limit=1", SUPERVISOR)).json()
        assert await list_unmatched(f"limit=1&cursor={first['next']}") == []
        [item] = first["unmatched"]
        assert first["more_unmatched"] is False
        await staff.pool.execute(
            "insert into findings (ref, kind, area, detail) values ('RJ-3XAC-9PQW', 'state_mismatch', $1, 'no_case')",
            AREA,
        )
        assert (await staff.get(f"{STUCK}?limit=1", SUPERVISOR)).json()["more_unmatched"] is True
        assert all(item["reason"][name] for name in ("kind", "since", "why", "who", "can_do"))
    finally:
        await staff.pool.execute("delete from findings where detail = 'no_case'")
