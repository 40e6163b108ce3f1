"""2.12: a victim reads and acts by a link and a code of their own; a reply by text message is a caseworker's task."""

from typing import Any

import httpx

from api.problems import Code
from tests.api.cases.conftest import NOTIFY_TOKEN, StaffClient, problem
from tests.api.people import AUDITOR

PHONE = "07700 900123"


async def link_of(staff: StaffClient, ref: str) -> tuple[str, dict[str, str]]:
    """The path of a new link, and the header with its code."""
    answer = await staff.post(f"/api/v1/cases/{ref}/victim-link", {})
    assert answer.status_code == 200, answer.text
    link = answer.json()
    return link["address"].removeprefix("https://casework.example"), {"x-case-code": link["code"]}


async def act(staff: StaffClient, link: tuple[str, dict[str, str]], **body: Any) -> httpx.Response:
    path, code = link
    return await staff.http.post(f"{path}/acts", json=body, headers=code)


async def test_a_victim_reads_their_case_in_the_words_of_the_messages(staff: StaffClient) -> None:
    ref = await staff.open_case(phone=PHONE)
    path, code = await link_of(staff, ref)

    answer = await staff.http.get(path, headers=code)
    assert answer.status_code == 200, answer.text
    mine = answer.json()
    assert mine["explanation"]["heading"] == "We have your request"
    assert (mine["contact"], mine["details"]["phone"]) == ("phone", PHONE)
    assert set(mine["acts"]) == {"take_a_break", "stop", "ask_for_review", "not_safe"}
    assert answer.headers["cache-control"] == "no-store"


async def test_only_the_right_code_opens_a_link_and_wrong_ones_stop_it(staff: StaffClient) -> None:
    ref = await staff.open_case()
    path, code = await link_of(staff, ref)

    problem(await staff.http.get(path), Code.NOT_FOUND)
    problem(await staff.http.get(f"{path}x", headers=code), Code.NOT_FOUND)
    assert (await staff.http.get(path, headers=code)).status_code == 200
    for _ in range(10):
        problem(await staff.http.get(path, headers={"x-case-code": "00000000x"}), Code.NOT_FOUND)
    problem(await staff.http.get(path, headers=code), Code.NOT_FOUND)


async def test_a_new_link_or_a_caseworker_stops_the_earlier_one_and_neither_is_stored(staff: StaffClient) -> None:
    ref = await staff.open_case()
    old_path, old_code = await link_of(staff, ref)
    path, code = await link_of(staff, ref)

    problem(await staff.http.get(old_path, headers=old_code), Code.NOT_FOUND)
    stored = str([dict(row) for row in await staff.pool.fetch("select * from victim_links where ref = $1", ref)])
    assert path.rpartition("/")[2] not in stored
    assert code["x-case-code"] not in stored
    problem(await staff.post(f"/api/v1/cases/{ref}/victim-link", {}, AUDITOR), Code.WRONG_ROLE)
    assert (await staff.http.delete(f"/api/v1/cases/{ref}/victim-link", headers=staff.headers())).status_code == 204
    problem(await staff.http.get(path, headers=code), Code.NOT_FOUND)


async def test_a_victim_takes_a_break_and_goes_on(staff: StaffClient) -> None:
    ref = await staff.open_case()
    link = await link_of(staff, ref)

    assert (await act(staff, link, act="take_a_break", until="2027-02-26")).status_code == 204
    assert (await staff.wait_for_version(ref, 2))["on_hold"] is True
    assert (await act(staff, link, act="go_on")).status_code == 204
    assert (await staff.wait_for_version(ref, 3))["on_hold"] is False


async def test_a_victim_who_does_not_feel_safe_raises_a_concern_with_their_own_words(staff: StaffClient) -> None:
    ref = await staff.open_case()
    link = await link_of(staff, ref)

    assert (await act(staff, link, act="not_safe", words="He was outside my house.")).status_code == 204
    case = await staff.wait_for_version(ref, 2)
    assert [wait["key"] for wait in case["waits"] if wait["key"].startswith("concern")] == ["concern:2"]
    notes = (await staff.get(f"/api/v1/cases/{ref}/notes")).json()["notes"]
    assert [note["text"] for note in notes] == ["He was outside my house."]


async def test_a_victim_stops_at_once_and_in_a_flagged_case_is_rung_at_the_safe_number(staff: StaffClient) -> None:
    ref = await staff.open_case(flags=["domestic_abuse"])
    link = await link_of(staff, ref)

    assert (await act(staff, link, act="stop")).status_code == 204
    case = await staff.wait_for_version(ref, 2)
    assert (case["step"], case["reason"]) == ("closed", "victim_withdrew")
    assert [wait["key"] for wait in case["waits"]] == ["safe_call"]
    answer = await act(staff, link, act="stop")
    assert "closed" not in problem(answer, Code.REFUSED)["detail"], "why is not for the victim to read here"


async def test_a_victim_changes_how_they_are_reached_and_nothing_else(staff: StaffClient) -> None:
    ref = await staff.open_case(phone=PHONE)
    path, code = await link_of(staff, ref)

    body = {"contact": "text", "phone": "07700 900456"}
    assert (await staff.http.patch(f"{path}/contact", json=body, headers=code)).status_code == 204
    assert (await staff.wait_for_version(ref, 2))["contact"] == "text"
    details = (await staff.get(f"/api/v1/cases/{ref}/victim")).json()
    assert (details["phone"], details["name"]) == ("07700 900456", "Wilhelmina Ashdown")
    wrong = await staff.http.patch(f"{path}/contact", json={"name": "Somebody Else"}, headers=code)
    assert wrong.status_code == 422


async def test_a_victim_is_not_told_why_a_change_is_refused(staff: StaffClient) -> None:
    ref = await staff.open_case()
    path, code = await link_of(staff, ref)
    await staff.record(ref, "withdrawn", data={"whose": "victim"})
    await staff.temporal.client.get_workflow_handle(ref).terminate()

    refused = problem(await staff.http.patch(f"{path}/contact", json={"contact": "none"}, headers=code), Code.REFUSED)
    assert "reason" not in refused
    assert "closed" not in refused["detail"]


async def test_a_reply_by_text_message_is_a_task_with_the_words_in_each_case_of_the_victim(staff: StaffClient) -> None:
    """2.12c."""
    number = "07700 900777"
    refs = [await staff.open_case(phone=number), await staff.open_case(phone="+44 7700 900777")]
    text = {"id": "5f1e4d9e-0001", "source_number": "447700900777", "message": "Please ring me on Monday."}

    for _ in range(2):
        answer = await staff.http.post("/webhooks/notify/texts", json=text, headers=NOTIFY_TOKEN)
        assert answer.status_code == 204, answer.text
    for ref in refs:
        case = await staff.wait_for_version(ref, 2)
        assert [wait["key"] for wait in case["waits"] if wait["key"] == "reply"] == ["reply"]
        assert case["version"] == 2, "sent twice, it counts once"
        notes = (await staff.get(f"/api/v1/cases/{ref}/notes")).json()["notes"]
        assert [note["text"] for note in notes] == ["Please ring me on Monday."]
        assert (await staff.record(ref, "victim_replied")).status_code == 200
        assert all(wait["key"] != "reply" for wait in (await staff.wait_for_version(ref, 3))["waits"])


async def test_a_text_message_from_an_unknown_number_is_accepted_and_one_without_the_token_is_not(
    staff: StaffClient,
) -> None:
    text = {"id": "5f1e4d9e-0002", "source_number": "447700900000", "message": "Hello"}

    assert (await staff.http.post("/webhooks/notify/texts", json=text, headers=NOTIFY_TOKEN)).status_code == 204
    problem(await staff.http.post("/webhooks/notify/texts", json=text), Code.NOT_AUTHENTICATED)
