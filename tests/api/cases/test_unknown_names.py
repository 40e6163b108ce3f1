"""Unknown areas, agencies and colleagues are errors with near matches, wherever they are entered."""

from typing import Any

import pytest

from api.problems import Code
from tests.api.cases.conftest import AREA, StaffClient, problem
from tests.api.people import ADMIN, SUPERVISOR

FIELDS = {"initiated_by": "victim", "takes_part_as": "direct_victim", "offender_age_group": "adult"}


@pytest.mark.parametrize(
    "path",
    ["cases", "stuck", "tasks", "board", "reports/durations", "reports/outcomes", "reports/agencies", "inbox"],
)
async def test_no_list_of_an_unknown_area_is_empty(staff: StaffClient, path: str) -> None:
    unknown = problem(await staff.get(f"/api/v1/{path}?area=avonsid", SUPERVISOR), Code.UNKNOWN_AREA)
    assert unknown["near"] == [AREA]
    assert "did you mean avonside?" in unknown["detail"]


@pytest.mark.parametrize("path", ["agencies", "staff"])
async def test_no_list_for_admins_of_an_unknown_area_is_empty(staff: StaffClient, path: str) -> None:
    assert problem(await staff.get(f"/api/v1/{path}?area=avonsid", ADMIN), Code.UNKNOWN_AREA)["near"] == [AREA]


@pytest.mark.parametrize(
    ("path", "code", "near"),
    [
        ("cases?assigned_to=c.okafr", Code.UNKNOWN_MEMBER, "c.okafor"),
        ("stuck?assigned_to=c.okafr", Code.UNKNOWN_MEMBER, "c.okafor"),
        ("tasks?assigned_to=c.okafr", Code.UNKNOWN_MEMBER, "c.okafor"),
        ("cases?waiting_on=probaton", Code.UNKNOWN_AGENCY, "probation"),
        (f"cases?waiting_on=charity:{AREA}-chrity", Code.UNKNOWN_AGENCY, f"charity:{AREA}-charity"),
        (f"inbox?agency={AREA}-chrity", Code.UNKNOWN_AGENCY, f"{AREA}-charity"),
    ],
)
async def test_no_list_of_an_unknown_colleague_or_agency_is_empty(
    staff: StaffClient, path: str, code: Code, near: str
) -> None:
    assert problem(await staff.get(f"/api/v1/{path}", SUPERVISOR), code)["near"][0] == near


async def test_nothing_is_recorded_for_an_unknown_colleague_or_agency(staff: StaffClient) -> None:
    ref = await staff.open_case()
    events: list[tuple[dict[str, Any], Code]] = [
        ({"event": "reassigned", "data": {"to": "c.okafr"}}, Code.UNKNOWN_MEMBER),
        ({"event": "trace_answered", "data": {"answer": "not_found"}, "on_behalf_of": "chrity"}, Code.UNKNOWN_AGENCY),
        ({"event": "route_extended", "data": {"agency": f"charity:{AREA}-chrity"}}, Code.UNKNOWN_AGENCY),
    ]
    for body, code in events:
        assert problem(await staff.post(f"/api/v1/cases/{ref}/events", body, SUPERVISOR), code)["near"]
    for path, body in (
        ("bulk/reassign", {"cases": [ref], "to": "c.okafr"}),
        ("cover", {"absent": "c.okafr", "covering": "d.ferreira"}),
        ("cover", {"absent": "d.ferreira", "covering": "c.okafr"}),
    ):
        unknown = problem(await staff.post(f"/api/v1/{path}", body, SUPERVISOR), Code.UNKNOWN_MEMBER)
        assert unknown["near"][0] == "c.okafor"
    assert (await staff.get(f"/api/v1/cases/{ref}", SUPERVISOR)).json()["version"] == 1


async def test_no_request_is_stored_for_an_unknown_area(staff: StaffClient) -> None:
    body = {"request": {"area": "avonsid", **FIELDS, "contact": "none"}, "victim": {"name": "Ada Example"}}
    assert problem(await staff.post("/api/v1/cases", body, SUPERVISOR), Code.UNKNOWN_AREA)["near"] == [AREA]


async def test_no_member_of_staff_works_in_an_unknown_area(staff: StaffClient) -> None:
    body = {"id": "n.ewcomer", "roles": ["caseworker"], "areas": ["avonsid"]}
    assert problem(await staff.post("/api/v1/staff", body, ADMIN), Code.UNKNOWN_AREA)["near"] == [AREA]
