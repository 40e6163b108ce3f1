"""An admin says how the service of an area names itself to victims; all staff of the area read it."""

from api.problems import Code
from tests.api.cases.conftest import AREA, StaffClient, problem
from tests.api.people import ADMIN, CASEWORKER, shows

PATH = f"/api/v1/areas/{AREA}/settings"
SET = {
    "service": "the Eastmoor service",
    "phone": "0113 496 0000",
    "support": "Victim Support on 08 08 16 89 111",
    "complaints": "Write to the manager.",
    "welsh": True,
    "service_in_welsh": "gwasanaeth Eastmoor",
    "support_in_welsh": "",
    "complaints_in_welsh": "Ysgrifennwch at y rheolwr.",
}


async def test_an_area_has_words_before_anybody_sets_them_and_an_admin_replaces_them(staff: StaffClient) -> None:
    """2.11."""
    await staff.open_case()
    before = (await staff.get(PATH, CASEWORKER)).json()
    assert "Victim Support" in before["support"]
    assert before["welsh"] is False

    answer = await staff.http.put(PATH, json=SET, headers=shows(ADMIN))
    assert answer.status_code == 200, answer.text
    assert (await staff.get(PATH, CASEWORKER)).json() == {"area": AREA, **SET}


async def test_only_an_admin_sets_them_and_only_for_an_area_that_there_is(staff: StaffClient) -> None:
    await staff.open_case()
    problem(await staff.http.put(PATH, json=SET, headers=shows(CASEWORKER)), Code.WRONG_ROLE)
    nowhere = "/api/v1/areas/nowhere-at-all/settings"
    problem(await staff.http.put(nowhere, json=SET, headers=shows(ADMIN)), Code.UNKNOWN_AREA)
    wrong = {**SET, "support": ""}
    assert (await staff.http.put(PATH, json=wrong, headers=shows(ADMIN))).status_code == 422
