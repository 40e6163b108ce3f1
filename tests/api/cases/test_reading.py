"""Cases as staff read them over HTTP."""

import asyncio
import base64
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from adapters.postgres.asks import PostgresAsks
from adapters.postgres.vault import PostgresVault
from api.problems import Code
from domain.effects import Ask
from domain.people import StaffRole
from domain.vocabulary import AgencyRef, CaseRef, WaitKind
from ports.agencies import Agency, Attempt, AttemptOutcome, ChannelName
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import ADMIN, AUDITOR, NOBODY, SUPERVISOR, person


async def test_a_case_is_shown_with_its_version_and_why_it_is_at_its_step(staff: StaffClient) -> None:
    ref = await staff.open_case()
    answer = await staff.get(f"/api/v1/cases/{ref.lower()}")
    case = answer.json()
    assert (case["ref"], case["step"], answer.headers["etag"]) == (ref, "screening", f'"{case["version"]}"')
    assert case["explanation"][0] == "Step: screening. Stage reached: requested."
    assert "state" not in case


async def test_a_client_with_that_version_learns_that_nothing_changed(staff: StaffClient) -> None:
    ref = await staff.open_case()
    read = (await staff.get(f"/api/v1/cases/{ref}")).headers["etag"]
    same = await staff.get(f"/api/v1/cases/{ref}", if_none_match=read)
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", read)
    await staff.record(ref, "progress_recorded")
    assert (await staff.get(f"/api/v1/cases/{ref}", if_none_match=read)).status_code == 200


async def test_a_timeline_is_read_part_by_part_without_gap_or_double(staff: StaffClient) -> None:
    ref = await staff.open_case()
    for _ in range(5):
        await staff.record(ref, "note_added", note="She rang.")
    numbers, path = [], f"/api/v1/cases/{ref}/timeline?limit=2"
    cursor = ""
    while True:
        part = (await staff.get(f"{path}&cursor={cursor}" if cursor else path)).json()
        numbers += [entry["version"] for entry in part["entries"]]
        cursor = part["next"]
        if cursor is None:
            break
    assert numbers == sorted(numbers, reverse=True)
    assert numbers == list(range(numbers[0], 0, -1))


async def test_what_agencies_were_sent_is_read_with_each_attempt(staff: StaffClient) -> None:
    ref = CaseRef(await staff.open_case())
    ask = Ask(f"{ref}.2.trace:prison", ref, AREA, AgencyRef("prison"), WaitKind.TRACE, date(2027, 3, 1))
    asks, address = PostgresAsks(staff.pool), "https://prison.example/rj"
    prison = Agency("avonside-prison", "prison", AREA, "HMP Avonside", ChannelName.HTTP, address)
    recipient, again_at = (prison.id, prison.channel, address), datetime(2027, 1, 4, 9, tzinfo=UTC)
    await asks.record_attempt(ask, Attempt(AttemptOutcome.FAILED, "status 503", *recipient, again_at))

    (failing,) = (await staff.get(f"/api/v1/cases/{ref}/asks")).json()["asks"]
    assert (failing["outcome"], failing["error"], len(failing["attempts"])) == ("failed", "status 503", 1)
    assert datetime.fromisoformat(failing["next_try_at"]) == again_at
    assert failing["failing_since"] is not None

    await asks.record_attempt(ask, Attempt(AttemptOutcome.DELIVERED, "", *recipient))
    (sent,) = (await staff.get(f"/api/v1/cases/{ref}/asks", AUDITOR)).json()["asks"]
    assert {name: sent[name] for name in ("key", "ref", "kind", "agency", "question", "due_on", "reminder")} == {
        "key": ask.key,
        "ref": ref,
        "kind": "ask",
        "agency": "prison",
        "question": "trace",
        "due_on": "2027-03-01",
        "reminder": 0,
    }
    assert (sent["outcome"], len(sent["attempts"]), sent["next_try_at"], sent["failing_since"]) == (
        "delivered",
        2,
        None,
        None,
    )
    for tried, number, outcome, error in zip(
        sent["attempts"], (1, 2), ("failed", "delivered"), ("status 503", ""), strict=True
    ):
        at = tried.pop("at")
        assert abs(datetime.now(UTC) - datetime.fromisoformat(at)) < timedelta(minutes=1)
        how = {"agency": prison.id, "channel": "http", "address": address}
        assert tried == {"number": number, "outcome": outcome, "error": error, **how}


async def test_an_agency_that_a_caseworker_asks_is_shown_with_its_channel_and_no_address(staff: StaffClient) -> None:
    ref = await staff.open_case(has_vlo=True)
    await staff.record(ref, "request_screened", data={"answer": "proceed"})
    asks: list[dict[str, Any]] = []
    async with asyncio.timeout(120):
        while not asks:
            await asyncio.sleep(0.02)
            asks = (await staff.get(f"/api/v1/cases/{ref}/asks")).json()["asks"]
    (attempt,) = asks[0]["attempts"]
    assert (asks[0]["agency"], attempt["agency"]) == ("vlo", f"{AREA}-vlo")
    assert (attempt["channel"], attempt["address"], attempt["outcome"]) == ("manual", "", "manual")


async def test_a_cursor_of_another_list_is_refused(staff: StaffClient) -> None:
    ref = await staff.open_case()
    await staff.record(ref, "progress_recorded")
    cursor = (await staff.get(f"/api/v1/cases/{ref}/timeline?limit=1")).json()["next"]
    problem(await staff.get(f"/api/v1/cases?cursor={cursor}"), Code.BAD_CURSOR)
    problem(await staff.get("/api/v1/cases?cursor=nonsense"), Code.BAD_CURSOR)


MOMENT, REF = "2026-01-05T09:00:00+00:00", "RJ-7Q2K-9F3M"


@pytest.mark.parametrize(
    ("day", "ref"),
    [
        (MOMENT, "RJ-7Q2K-9F3M\0"),
        (MOMENT, "RJ-\ud800"),
        (MOMENT, "no reference"),
        ("2026-01-05T09:00:00", REF),
        ("0001-01-01T00:00:00+14:00", REF),
        ("nonsense", REF),
    ],
    ids=str.__repr__,
)
@pytest.mark.parametrize(("path", "kind"), [("/api/v1/cases", ()), ("/api/v1/stuck", ("unassigned",))])
async def test_a_cursor_that_somebody_made_up_is_refused(
    staff: StaffClient, path: str, kind: tuple[str, ...], day: str, ref: str
) -> None:
    for _ in range(2):
        await staff.open_case()
    given = (await staff.get(f"{path}?limit=1")).json()["next"]
    digest = json.loads(base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)))[0]
    forged = base64.urlsafe_b64encode(json.dumps([digest, *kind, day, ref]).encode()).decode()
    problem(await staff.get(f"{path}?cursor={forged}"), Code.BAD_CURSOR)


async def test_what_may_be_recorded_now_is_offered_with_its_fields(staff: StaffClient) -> None:
    ref = await staff.open_case()
    offered = {
        move["event"]: move
        for move in (await staff.get(f"/api/v1/cases/{ref}/allowed-events")).json()["allowed_events"]
    }
    screened = {variant["value"]: variant["fields"] for variant in offered["request_screened"]["variants"]}
    assert screened["proceed"] == []
    [reason] = screened["refuse"]
    assert (reason["name"], reason["required"], "duplicate" in reason["choices"]) == ("reason", True, True)
    assert "wait_extended" not in offered
    theirs = (await staff.get(f"/api/v1/cases/{ref}/allowed-events", SUPERVISOR)).json()["allowed_events"]
    assert "wait_extended" in {move["event"] for move in theirs}
    assert (await staff.get(f"/api/v1/cases/{ref}/allowed-events", AUDITOR)).json()["allowed_events"] == []


async def test_the_victims_words_are_shown_and_no_others(staff: StaffClient) -> None:
    ref = await staff.open_case()
    words = (await staff.get(f"/api/v1/cases/{ref}/explain")).json()
    assert set(words) == {"heading", "happened", "next", "could_change", "next_update"}


async def test_the_contact_is_shown_of_each_agency_that_a_case_waits_for(staff: StaffClient) -> None:
    ref = await staff.open_case()
    assert (await staff.get(f"/api/v1/cases/{ref}/agencies")).json() == {"agencies": []}
    await staff.record(ref, "request_screened", data={"answer": "proceed"})
    [agency] = (await staff.get(f"/api/v1/cases/{ref}/agencies")).json()["agencies"]
    assert (agency["waiting_on"], agency["agency"], agency["channel"]) == ("charity", f"{AREA}-charity", "manual")


async def test_what_the_victim_was_told_is_listed_with_its_words_the_newest_first(staff: StaffClient) -> None:
    ref = await staff.open_case(phone="07700 900456")
    await staff.record(ref, "withdrawn", data={"whose": "victim"})
    messages = (await staff.get(f"/api/v1/cases/{ref}/messages")).json()["messages"]
    assert [message["message"] for message in messages] == ["ended", "acknowledged"]
    for message in messages:
        assert (message["state"], message["resolved_by"]) == ("waiting", None)
        assert all(line for line in message["wording"])
        assert message["wording"]
    assert (await staff.get(f"/api/v1/cases/{ref}/messages", AUDITOR)).json()["messages"] == messages
    untold = await staff.open_case()
    assert (await staff.get(f"/api/v1/cases/{untold}/messages")).json()["messages"] == []


async def test_nothing_of_a_case_is_shown_to_people_of_another_area(staff: StaffClient) -> None:
    here, there = await staff.open_case(), await staff.open_case(ELSEWHERE)
    for id, area, seen, unseen in (("l.amari", AREA, here, there), ("e.nkemelu", ELSEWHERE, there, here)):
        local = person(id, StaffRole.CASEWORKER, areas=(area,))
        staff.tokens.people[id] = local
        for path in ("", "/timeline", "/explain", "/messages", "/asks", "/agencies", "/duplicates", "/allowed-events"):
            assert (await staff.get(f"/api/v1/cases/{seen}{path}", local)).status_code == 200
            refused = await staff.get(f"/api/v1/cases/{unseen}{path}", local)
            assert set(problem(refused, Code.WRONG_AREA)) == {"type", "title", "status", "detail", "code"}
            assert "etag" not in refused.headers
            problem(await staff.get(f"/api/v1/cases/RJ-0000-0000{path}", local), Code.UNKNOWN_CASE)


async def test_who_has_no_area_sees_no_case(staff: StaffClient) -> None:
    ref = await staff.open_case()
    nowhere = person("n.where", StaffRole.CASEWORKER, areas=())
    staff.tokens.people[nowhere.id] = nowhere
    problem(await staff.get(f"/api/v1/cases/{ref}", nowhere), Code.WRONG_AREA)
    assert (await staff.get("/api/v1/cases", nowhere)).json()["cases"] == []


async def test_a_list_holds_the_cases_of_ones_own_areas_only(staff: StaffClient) -> None:
    here, there = await staff.open_case(), await staff.open_case(ELSEWHERE)
    local = person("l.amari", StaffRole.CASEWORKER, areas=(AREA,))
    staff.tokens.people[local.id] = local
    for ref, expected in ((here, [here]), (there, [])):
        listed = (await staff.get(f"/api/v1/cases?text={ref}", local)).json()["cases"]
        assert [case["ref"] for case in listed] == expected
        assert [case["ref"] for case in (await staff.get(f"/api/v1/cases?text={ref}")).json()["cases"]] == [ref]
    mine = (await staff.get(f"/api/v1/cases?area={AREA}&text={here}", local)).json()["cases"]
    assert [case["ref"] for case in mine] == [here]
    problem(await staff.get(f"/api/v1/cases?area={ELSEWHERE}", local), Code.WRONG_AREA)


async def test_a_list_goes_on_where_its_last_part_ended(staff: StaffClient) -> None:
    for _ in range(3):
        await staff.open_case()
    path = "/api/v1/cases?limit=2&sort=due&open=true"
    part = (await staff.get(path)).json()
    seen = [case["ref"] for case in part["cases"]]
    while part["next"] is not None:
        part = (await staff.get(f"{path}&cursor={part['next']}")).json()
        seen += [case["ref"] for case in part["cases"]]
    there = await staff.pool.fetchval("select count(*) from cases where due_on is not null and ended_on is null")
    assert len(seen) == len(set(seen)) == there


async def test_a_list_is_a_table_for_who_wants_one(staff: StaffClient) -> None:
    ref = await staff.open_case()
    for answer in (
        await staff.get(f"/api/v1/cases?text={ref}&format=csv"),
        await staff.get(f"/api/v1/cases?text={ref}", accept="text/csv"),
    ):
        assert answer.headers["content-type"].startswith("text/csv")
        header, row = answer.text.splitlines()
        assert header.startswith("Case,Version of the case,Area")
        assert row.startswith(f"{ref},")


async def test_a_table_is_not_cut_short_by_the_limit_of_a_page(staff: StaffClient) -> None:
    refs = {await staff.open_case() for _ in range(3)}
    answer = await staff.get("/api/v1/cases?format=csv&limit=1")
    assert refs <= {line.partition(",")[0] for line in answer.text.splitlines()}
    assert "link" not in answer.headers


async def test_who_does_no_casework_sees_no_case(staff: StaffClient) -> None:
    ref = await staff.open_case()
    for who in (ADMIN, NOBODY):
        for path in ("", f"/{ref}", f"/{ref}/timeline", f"/{ref}/allowed-events"):
            problem(await staff.get(f"/api/v1/cases{path}", who), Code.WRONG_ROLE)


async def test_what_may_be_the_same_request_is_shown_and_elsewhere_only_counted(staff: StaffClient) -> None:
    incident = "CR/2026/4471"
    ref, same = await staff.open_case(incident=incident), await staff.open_case(incident=incident)
    [found] = (await staff.get(f"/api/v1/cases/{ref}/duplicates")).json()["cases"]
    assert (found["ref"], found["area"], found["same"]) == (same, AREA, ["incident"])
    far = await staff.open_case(ELSEWHERE)
    details = {"name": "Kit Farrow", "phone": "07700 900123"}
    for known in (ref, far):
        await PostgresVault(staff.pool).save_victim(CaseRef(known), details, by="staff:test")
    local = person("d.local", StaffRole.CASEWORKER, areas=(AREA,))
    staff.tokens.people[local.id] = local
    answer = (await staff.get(f"/api/v1/cases/{ref}/duplicates", local)).json()
    assert ([case["ref"] for case in answer["cases"]], answer["elsewhere"]) == ([same], 1)
    problem(await staff.get(f"/api/v1/cases/{far}/duplicates", local), Code.WRONG_AREA)
