"""Lists of cases over HTTP: by every filter, and in every order."""

from collections.abc import AsyncIterator

import pytest

from api.problems import Code
from tests.api.cases.conftest import ELSEWHERE, StaffClient, problem
from tests.api.people import SUPERVISOR

LISTER = "list.keeper"
OURS = f"/api/v1/cases?assigned_to={LISTER}"
PRISON = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
DAYS = {
    "screened": ("2026-02-03", "2026-03-05", "2026-04-01"),
    "traced": ("2026-02-01", "2026-03-07", "2026-04-04"),
    "resting": ("2026-02-05", "2026-03-03", "2026-04-02"),
    "late": ("2026-02-04", "2026-03-01", "2026-04-03"),
    "ended": ("2026-02-02", None, "2026-04-05"),
}
"""When each case was received, is due to be answered, and when its victim last heard."""


@pytest.fixture(scope="module")
async def cases(staff: StaffClient) -> AsyncIterator[dict[str, str]]:
    """Cases of one caseworker that are at different steps, by what is special about each."""
    refs = {name: await staff.open_case(ELSEWHERE if name == "late" else "avonside") for name in DAYS}
    await staff.enter(LISTER)
    many = {"cases": [*refs.values()], "to": LISTER}
    assert (await staff.post("/api/v1/bulk/reassign", many, SUPERVISOR)).json()["failed"] == 0
    for name, event, more in (
        ("traced", "request_screened", {"data": {"answer": "proceed"}}),
        ("traced", "trace_answered", {"data": PRISON, "on_behalf_of": "charity"}),
        ("resting", "put_on_hold", {"data": {"reason": "illness"}}),
        ("ended", "withdrawn", {"data": {"whose": "victim"}}),
    ):
        assert (await staff.record(refs[name], event, **more)).status_code == 200
    for name, (received, due, heard) in DAYS.items():
        await staff.pool.execute(
            "update cases set received_at = ($2 || 'T12:00Z')::timestamptz, due_on = $3::text::date,"
            " victim_updated_on = $4::text::date where ref = $1",
            *(refs[name], received, due, heard),
        )
    await staff.pool.execute("update cases set overdue_since = '2026-03-02' where ref = $1", refs["late"])
    yield refs
    await staff.pool.execute("update cases set overdue_since = null where ref = $1", refs["late"])


async def list_names(staff: StaffClient, cases: dict[str, str], query: str) -> list[str]:
    """What is special about each case that is listed, in order; part by part, each of two."""
    names, found, cursor = {ref: name for name, ref in cases.items()}, [], ""
    while True:
        answer = await staff.get(f"{OURS}&limit=2&{query}{cursor}", SUPERVISOR)
        assert answer.status_code == 200, answer.text
        part = answer.json()
        found += [names[case["ref"]] for case in part["cases"]]
        if part["next"] is None:
            return found
        cursor = f"&cursor={part['next']}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("area=eastmoor", {"late"}),
        ("stage=offender_traced", {"traced"}),
        ("stage=declined", {"ended"}),
        ("step=agency_check", {"traced"}),
        ("step=screening", {"screened", "resting", "late"}),
        ("waiting_on=prison", {"traced"}),
        ("waiting_on=caseworker&step=screening", {"screened", "resting", "late"}),
        ("overdue=true", {"late"}),
        ("overdue=false", {"screened", "traced", "resting", "ended"}),
        ("on_hold=true", {"resting"}),
        ("on_hold=false", {"screened", "traced", "late", "ended"}),
        ("open=true", {"screened", "traced", "resting", "late"}),
        ("open=false", {"ended"}),
        ("received_from=2026-02-04", {"late", "resting"}),
        ("received_to=2026-02-02", {"traced", "ended"}),
        ("received_from=2026-02-02&received_to=2026-02-03", {"ended", "screened"}),
        ("due_from=2026-03-05", {"screened", "traced"}),
        ("due_to=2026-03-03", {"late", "resting"}),
        ("due_from=2026-03-03&due_to=2026-03-05&on_hold=false", {"screened"}),
        ("due_within=0&due_to=2026-03-03", {"late", "resting"}),
        ("due_from=2026-03-03&due_to=2027-12-31&due_within=0&on_hold=false", {"screened", "traced"}),
        ("received_from=2027-01-01", set()),
    ],
)
async def test_a_list_holds_the_cases_to_which_every_filter_applies(
    staff: StaffClient, cases: dict[str, str], query: str, expected: set[str]
) -> None:
    found = await list_names(staff, cases, query)
    assert (len(found), set(found)) == (len(expected), expected)


async def test_a_list_is_of_one_persons_cases_or_of_nobodys(staff: StaffClient, cases: dict[str, str]) -> None:
    unassigned = await staff.open_case()
    assert set(await list_names(staff, cases, "")) == set(DAYS)
    nobodys = (await staff.get(f"/api/v1/cases?assigned_to=&text={unassigned}", SUPERVISOR)).json()["cases"]
    assert [case["ref"] for case in nobodys] == [unassigned]
    assert (await staff.get(f"{OURS}&text={unassigned}", SUPERVISOR)).json()["cases"] == []


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("received", ["traced", "ended", "screened", "late", "resting"]),
        ("due", ["late", "resting", "screened", "traced"]),
        ("overdue", ["late"]),
        ("victim_updated", ["screened", "resting", "late", "traced"]),
    ],
)
async def test_a_list_is_in_the_order_that_is_asked_for_and_the_other_way_round(
    staff: StaffClient, cases: dict[str, str], sort: str, expected: list[str]
) -> None:
    assert await list_names(staff, cases, f"sort={sort}") == expected
    assert await list_names(staff, cases, f"sort={sort}&descending=true") == expected[::-1]


@pytest.mark.parametrize(
    "query", ["stage=limbo", "step=waiting", "sort=ref", "overdue=perhaps", "due_from=soon", "limit=0", "open=2"]
)
async def test_what_no_list_can_be_asked_for_is_a_mistake(staff: StaffClient, query: str) -> None:
    problem(await staff.get(f"/api/v1/cases?{query}"), Code.BAD_REQUEST)
