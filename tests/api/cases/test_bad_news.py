"""2.1: bad news is a task of the caseworker with the words, until they record that the victim was told."""

from typing import Any

from api.problems import Code
from tests.api.cases.conftest import StaffClient, problem
from tests.api.people import SUPERVISOR

ENDED = {"reason": "outside_area"}


async def news_of(staff: StaffClient, who: str) -> list[dict[str, Any]]:
    answer = await staff.get(f"/api/v1/tasks?assigned_to={who}", SUPERVISOR)
    assert answer.status_code == 200, answer.text
    news: list[dict[str, Any]] = answer.json()["news"]
    return news


async def test_news_of_an_end_is_a_task_with_the_words_until_the_victim_was_told(staff: StaffClient) -> None:
    ref = await staff.open_case(phone="07700 900123")
    who = f"tells.{ref.lower()}"
    await staff.enter(who)
    await staff.post("/api/v1/bulk/reassign", {"cases": [ref], "to": who}, SUPERVISOR)
    assert await news_of(staff, who) == []
    ended = await staff.record(ref, "declined_by_service", data=ENDED)
    assert ended.status_code == 200, ended.text

    [task] = await news_of(staff, who)
    explained = (await staff.get(f"/api/v1/cases/{ref}/explain")).json()
    assert task["wording"] == [line for line in explained.values() if line]
    assert (task["ref"], task["news"], task["cancelled_day"], task["contact"]) == (ref, "ended", None, "phone")
    assert task["what"].startswith("Tell the victim in person how the case has ended. Due on ")
    stuck = (await staff.get(f"/api/v1/stuck?assigned_to={who}", SUPERVISOR)).json()["cases"]
    assert [(case["ref"], case["kind"]) for case in stuck] == [(ref, "untold_news")]
    sent = "select count(*) from notifications where ref = $1 and recipient = 'victim' and message = 'ended'"
    assert await staff.pool.fetchval(sent, ref) == 0

    told = await staff.record(ref, "victim_told", data={"how": "not_reached", "wait": task["wait"]})
    assert told.status_code == 200, told.text
    assert await news_of(staff, who) == []
    assert await staff.pool.fetchval(sent, ref) == 1
    again = await staff.record(ref, "victim_told", data={"how": "telephone"})
    assert problem(again, Code.REFUSED)["reason"] == "nothing_to_tell"
