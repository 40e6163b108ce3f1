"""What the vault holds of a case, over HTTP: who may see it, and that it is remembered who looked."""

import asyncio
from typing import Any

import httpx

from api.problems import Code
from domain.people import Person, StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import ADMIN, AUDITOR, CASEWORKER, NOBODY, SUPERVISOR, person, shows

LOCAL = person("l.amari", StaffRole.SUPERVISOR, areas=(AREA,))
NAMED: dict[str, Any] = {
    "name": "Wilhelmina Ashdown",
    "email": "",
    "phone": "07700 900123",
    "phone_note": "",
    "address": "",
    "language": "en",
    "needs": [],
    "safe_to_leave_message": None,
    "safe_times": "",
    "shared": [],
    "supporter_name": "",
    "supporter_phone": "",
    "case_label": "",
    "date_of_birth": None,
    "child_name": "",
    "child_date_of_birth": None,
    "date_of_offence": None,
    "referrer": None,
}
OFFENDER: dict[str, Any] = {
    "name": "",
    "date_of_birth": None,
    "year_of_birth": None,
    "pnc_number": "",
    "nomis_number": "",
    "crn": "",
    "aliases": [],
}


async def patch_victim(staff: StaffClient, ref: str, body: object, who: Person = CASEWORKER) -> httpx.Response:
    return await staff.http.patch(f"/api/v1/cases/{ref}/victim", json=body, headers=shows(who))


async def readers(staff: StaffClient, ref: str) -> list[tuple[str, str]]:
    """What was read of a case, and who read it."""
    rows = await staff.pool.fetch("select what, by from vault.access_log where ref = $1 order by id", ref)
    return [(row["what"], row["by"]) for row in rows]


async def read_details(staff: StaffClient, ref: str) -> Any:
    return await staff.pool.fetchval("select details from vault.victims where ref = $1", ref)


async def test_notes_are_read_in_the_order_of_their_entries_and_who_read_is_remembered(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await staff.record(ref, "request_screened", data={"answer": "proceed"}, note="Ring late.")
    await staff.record(ref, "progress_recorded")
    await staff.record(ref, "progress_recorded", note="In the mornings.")
    answer = await staff.get(f"/api/v1/cases/{ref}/notes", SUPERVISOR)
    assert answer.headers["cache-control"] == "no-store"
    assert [(note["version"], note["event"], note["by"]["id"], note["text"]) for note in answer.json()["notes"]] == [
        (2, "request_screened", CASEWORKER.id, "Ring late."),
        (4, "progress_recorded", CASEWORKER.id, "In the mornings."),
    ]
    assert await readers(staff, ref) == [("note", SUPERVISOR.account)] * 2
    one = (await staff.get(f"/api/v1/cases/{ref}/notes?entry=4", AUDITOR)).json()["notes"]
    assert [note["text"] for note in one] == ["In the mornings."]
    assert (await staff.get(f"/api/v1/cases/{ref}/notes?entry=3")).json() == {"notes": []}
    assert (await readers(staff, ref))[2:] == [("note", AUDITOR.account)]


async def test_a_note_that_was_erased_is_said_to_be_gone(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await staff.record(ref, "progress_recorded", note="Ring late.")
    await staff.pool.execute("delete from vault.notes where ref = $1", ref)
    [note] = (await staff.get(f"/api/v1/cases/{ref}/notes")).json()["notes"]
    assert note["text"] is None


async def test_how_a_victim_is_reached_is_shown_and_who_looked_is_remembered(staff: StaffClient) -> None:
    ref = await staff.open_case(phone="07700 900123")
    answer = await staff.get(f"/api/v1/cases/{ref}/victim")
    assert (answer.json(), answer.headers["cache-control"]) == (NAMED, "no-store")
    assert await readers(staff, ref) == [("victim", CASEWORKER.account)]


async def test_what_is_corrected_is_what_is_named_and_what_is_emptied_goes(staff: StaffClient) -> None:
    ref = await staff.open_case(phone="07700 900123")
    before = await read_details(staff, ref)
    corrected = await patch_victim(staff, ref, {"email": "w.ashdown@example.org", "phone": ""})
    assert corrected.json() == NAMED | {"email": "w.ashdown@example.org", "phone": ""}
    after = {name: value for name, value in before.items() if name != "phone"} | {"email": "w.ashdown@example.org"}
    assert await read_details(staff, ref) == after
    assert (await staff.get(f"/api/v1/cases/{ref}/victim")).json() == corrected.json()
    by = "select written_by from vault.victims where ref = $1"
    assert await staff.pool.fetchval(by, ref) == CASEWORKER.account
    assert (await patch_victim(staff, ref, {}, SUPERVISOR)).json() == corrected.json()
    assert await staff.pool.fetchval(by, ref) == CASEWORKER.account


async def test_two_who_correct_at_once_leave_each_other_s_correction(staff: StaffClient) -> None:
    ref = await staff.open_case(phone="07700 900123")
    changes = {"email": "w.ashdown@example.org", "address": "3 Mill Lane, EM1 2AB", "language": "cy"}
    await asyncio.gather(*(patch_victim(staff, ref, {name: value}) for name, value in changes.items()))
    assert {name: (await read_details(staff, ref))[name] for name in changes} == changes


async def test_details_that_cannot_be_right_are_refused_without_repeating_them(staff: StaffClient) -> None:
    ref = await staff.open_case(phone="07700 900123")
    before = await read_details(staff, ref)
    for body, code in (
        ({"email": "marked.nowhere"}, Code.UNREADABLE),
        ({"name": ""}, Code.UNREADABLE),
        ({"phone": 7700}, Code.UNREADABLE),
        ({"marked": "x"}, Code.UNKNOWN_FIELD),
    ):
        refusal = problem(await patch_victim(staff, ref, body), code)
        assert "marked.nowhere" not in str(refusal)
    assert await read_details(staff, ref) == before


async def test_what_is_personal_is_for_who_works_with_the_case_and_nothing_is_read_for_anybody_else(
    staff: StaffClient,
) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    there = await staff.open_case(ELSEWHERE, phone="07700 900123")
    await staff.record(there, "progress_recorded", note="Ring late.")
    before = await read_details(staff, there)
    for who, code in ((LOCAL, Code.WRONG_AREA), (ADMIN, Code.WRONG_ROLE), (NOBODY, Code.WRONG_ROLE)):
        for what in ("notes", "victim", "offender"):
            problem(await staff.get(f"/api/v1/cases/{there}/{what}", who), code)
        problem(await patch_victim(staff, there, {"phone": ""}, who), code)
    problem(await patch_victim(staff, there, {"phone": ""}, AUDITOR), Code.WRONG_ROLE)
    assert (await readers(staff, there), await read_details(staff, there)) == ([], before)


async def test_a_case_that_is_not_there_and_one_of_whose_victim_nothing_is_known(staff: StaffClient) -> None:
    for what in ("notes", "victim"):
        problem(await staff.get(f"/api/v1/cases/RJ-2222-2222/{what}"), Code.UNKNOWN_CASE)
    problem(await patch_victim(staff, "RJ-2222-2222", {"phone": ""}), Code.UNKNOWN_CASE)
    ref = await staff.open_case()
    await staff.pool.execute("delete from vault.victims where ref = $1", ref)
    problem(await staff.get(f"/api/v1/cases/{ref}/victim"), Code.UNKNOWN_VICTIM)
    problem(await patch_victim(staff, ref, {"phone": ""}), Code.UNKNOWN_VICTIM)


async def patch_offender(staff: StaffClient, ref: str, body: object, who: Person = CASEWORKER) -> httpx.Response:
    return await staff.http.patch(f"/api/v1/cases/{ref}/offender", json=body, headers=shows(who))


async def test_an_offender_nobody_knew_about_is_added_and_corrected_later(staff: StaffClient) -> None:
    """4.2: each reading and correction is recorded."""
    ref = await staff.open_case()
    answer = await staff.get(f"/api/v1/cases/{ref}/offender")
    assert (answer.json(), answer.headers["cache-control"]) == (OFFENDER, "no-store")
    added = await patch_offender(staff, ref, {"name": "POLLITT, Darren", "date_of_birth": "31/12/1990"})
    assert added.json() == OFFENDER | {"name": "POLLITT, Darren", "date_of_birth": "1990-12-31"}
    corrected = await patch_offender(staff, ref, {"date_of_birth": "", "nomis_number": "a1234bc"}, SUPERVISOR)
    assert corrected.json() == OFFENDER | {"name": "POLLITT, Darren", "nomis_number": "A1234BC"}
    log = await staff.pool.fetch("select what, action, by from vault.access_log where ref = $1 order by id", ref)
    assert [tuple(row) for row in log] == [
        ("offender", "read", CASEWORKER.account),
        ("offender", "read", CASEWORKER.account),
        ("offender", "corrected", CASEWORKER.account),
        ("offender", "read", SUPERVISOR.account),
        ("offender", "corrected", SUPERVISOR.account),
    ]


async def test_a_year_and_a_placeholder_are_stored_as_in_a_request(staff: StaffClient) -> None:
    """4.7."""
    ref = await staff.open_case()
    added = await patch_offender(staff, ref, {"name": "Unknown", "date_of_birth": "1990", "pnc_number": "20080545166T"})
    assert added.json() == OFFENDER | {"year_of_birth": 1990, "pnc_number": "2008/0545166T"}


async def test_an_offender_s_details_that_cannot_be_right_are_refused(staff: StaffClient) -> None:
    """4.8."""
    ref = await staff.open_case()
    for body in (
        {"date_of_birth": "31/02/1990"},
        {"date_of_birth": "1/1/2068"},
        {"crn": "7"},
        {"pnc_number": "2008/1A"},
    ):
        problem(await patch_offender(staff, ref, body), Code.UNREADABLE)
    problem(await patch_offender(staff, ref, {"phone": "07700 900123"}), Code.UNKNOWN_FIELD)
    problem(await patch_offender(staff, ref, {"name": "D"}, AUDITOR), Code.WRONG_ROLE)
    assert (await staff.get(f"/api/v1/cases/{ref}/offender")).json() == OFFENDER


async def test_a_remark_with_a_corrected_telephone_number_is_a_note(staff: StaffClient) -> None:
    """4.9."""
    ref = await staff.open_case(phone="07700 900123")
    corrected = await patch_victim(staff, ref, {"phone": "(0191) 498-0123 ext 4", "safe_to_leave_message": False})
    more = {"phone": "0191 498 0123", "phone_note": "ext 4", "safe_to_leave_message": False}
    assert corrected.json() == NAMED | more


async def test_an_age_that_contradicts_the_age_group_is_refused_when_the_details_come_later(staff: StaffClient) -> None:
    ref = await staff.open_case(offender_age_group="adult")
    child = {"name": "Darren Pollitt", "date_of_birth": "31/12/2014"}
    told = problem(await patch_offender(staff, ref, child), Code.UNREADABLE)
    assert "is the offender under 18" in told["detail"]
    assert (await patch_offender(staff, ref, {**child, "date_of_birth": "31/12/1990"})).status_code == 200
    assert (await patch_offender(staff, ref, {"date_of_birth": "1991"})).status_code == 200


async def test_a_trace_that_could_not_be_sent_is_sent_again_once_the_offender_is_known(staff: StaffClient) -> None:
    """As to the register, which needs a name or a number; the case waits for a supervisor until then."""
    await staff.pool.execute("update agencies set active = false where id = 'avonside-vlo'")
    ref = await staff.open_case(has_vlo=True)
    await staff.record(ref, "request_screened", data={"answer": "proceed"})
    waits = "select array_agg(key) from waits where ref = $1"
    async with asyncio.timeout(120):
        while "technical_problem:trace:vlo" not in await staff.pool.fetchval(waits, ref):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await staff.pool.execute("update agencies set active = true where id = 'avonside-vlo'")
    assert (await patch_offender(staff, ref, {"name": "Darren Pollitt"})).status_code == 200
    events = "select event from entries where ref = $1 order by version desc limit 1"
    async with asyncio.timeout(120):
        while await staff.pool.fetchval(events, ref) != "ask_retried":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
