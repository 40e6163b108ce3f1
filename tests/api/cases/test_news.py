"""4.4: what is new in a case since somebody last saw it, which only they can say."""

from api.problems import Code
from domain.people import StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import CASEWORKER, SUPERVISOR, person

COLLEAGUE = person("d.ferreira", StaffRole.CASEWORKER)


async def news(staff: StaffClient, ref: str) -> list[str]:
    answer = await staff.get(f"/api/v1/cases/{ref}/news")
    assert answer.status_code == 200, answer.text
    return [entry["event"] for entry in answer.json()["entries"]]


async def test_what_others_recorded_is_new_until_somebody_says_that_they_saw_it(staff: StaffClient) -> None:
    staff.tokens.people[COLLEAGUE.id] = COLLEAGUE
    ref = await staff.open_case()
    assert await news(staff, ref) == ["request_received"]
    for _ in range(2):
        # A GET changes nothing.
        await staff.get(f"/api/v1/cases/{ref}")
        assert await news(staff, ref) == ["request_received"]
    assert (await staff.post(f"/api/v1/cases/{ref}/seen", {"version": 1})).status_code == 200
    assert await news(staff, ref) == []
    await staff.record(ref, "progress_recorded")
    assert await news(staff, ref) == []
    noted = await staff.record(ref, "note_added", COLLEAGUE, note="She is away until Monday.")
    assert noted.status_code == 200, noted.text
    assert await news(staff, ref) == ["note_added"]
    for version in (3, 1, 99):
        # An earlier version does not bring anything back, and a later one than the last counts as the last.
        await staff.post(f"/api/v1/cases/{ref}/seen", {"version": version})
    await staff.record(ref, "note_added", COLLEAGUE, note="She is back.")
    assert await news(staff, ref) == ["note_added"]


async def test_news_and_seen_are_for_those_who_see_the_case(staff: StaffClient) -> None:
    stranger = person("c.d", StaffRole.CASEWORKER, areas=(ELSEWHERE,))
    staff.tokens.people[stranger.id] = stranger
    ref = await staff.open_case(AREA)
    problem(await staff.get(f"/api/v1/cases/{ref}/news", stranger), Code.WRONG_AREA)
    problem(await staff.post(f"/api/v1/cases/{ref}/seen", {"version": 1}, stranger), Code.WRONG_AREA)


async def test_a_caseworker_takes_an_unassigned_case_and_nobody_elses(staff: StaffClient) -> None:
    staff.tokens.people[COLLEAGUE.id] = COLLEAGUE
    await staff.enter(CASEWORKER.id, COLLEAGUE.id)
    ref = await staff.open_case()
    offered = (await staff.get(f"/api/v1/cases/{ref}/allowed-events")).json()["allowed_events"]
    (reassigned,) = (event for event in offered if event["event"] == "reassigned")
    assert [field["choices"] for field in reassigned["variants"][0]["fields"]] == [[CASEWORKER.id]]
    others = await staff.record(ref, "reassigned", data={"to": COLLEAGUE.id})
    assert problem(others, Code.WRONG_ROLE)["reason"] == "supervisor_decides"
    taken = await staff.record(ref, "reassigned", data={"to": CASEWORKER.id})
    assert taken.status_code == 200, taken.text
    assert await staff.pool.fetchval("select assigned_to from cases where ref = $1", ref) == CASEWORKER.id
    late = await staff.record(ref, "reassigned", COLLEAGUE, data={"to": COLLEAGUE.id})
    assert problem(late, Code.WRONG_ROLE)["reason"] == "supervisor_decides"
    assert (await staff.record(ref, "reassigned", SUPERVISOR, data={"to": COLLEAGUE.id})).status_code == 200


async def test_the_digest_of_a_caseworker_says_what_is_new_in_their_own_cases(staff: StaffClient) -> None:
    await staff.enter(CASEWORKER.id)
    ref = await staff.open_case()
    await staff.record(ref, "reassigned", data={"to": CASEWORKER.id})
    mine = (await staff.get("/api/v1/news")).json()["cases"]
    assert [(case["ref"], case["entries"]) for case in mine if case["ref"] == ref] == [(ref, 1)]
    lines = (await staff.get("/api/v1/digest")).json()["lines"]
    assert f"- {ref}: 1 new entry, the last one request_received. rj show {ref}" in lines
    await staff.post(f"/api/v1/cases/{ref}/seen", {"version": 2})
    assert ref not in str((await staff.get("/api/v1/digest")).json()["lines"])


async def test_a_note_and_a_dated_entry_are_in_the_file_and_hashed(staff: StaffClient) -> None:
    ref = await staff.open_case(years_since_offence=2)
    first = (await staff.get(f"/api/v1/cases/{ref}")).headers["etag"]
    noted = await staff.record(ref, "note_added", note="Ring before noon.")
    assert noted.status_code == 200, noted.text
    # A note is no change: what was read before it is not outdated.
    dated = await staff.post(
        f"/api/v1/cases/{ref}/events", {"event": "progress_recorded", "occurred_on": "2026-01-30"}, if_match=first
    )
    assert dated.status_code == 200, dated.text
    entries = (await staff.get(f"/api/v1/cases/{ref}/timeline")).json()["entries"]
    assert entries[0]["occurred_on"] == "2026-01-30"
    future = await staff.record(ref, "progress_recorded", occurred_on="2099-01-01")
    assert problem(future, Code.REFUSED)["reason"] == "day_in_future"


async def test_a_corrected_number_of_a_crime_is_recorded_as_a_token_and_kept_in_the_vault(staff: StaffClient) -> None:
    ref = await staff.open_case(incident="CR/2026/0113")
    token = (await staff.get(f"/api/v1/cases/{ref}")).json()["incident"]
    assert "CR" not in token
    corrected = await staff.record(ref, "facts_corrected", data={"incident": "CR/2026/0114"})
    assert corrected.status_code == 200, corrected.text
    query = "select data ->> 'incident' as incident, text from entries join vault.notes on notes.id::text = note"
    (row,) = await staff.pool.fetch(f"{query} where entries.ref = $1", ref)
    assert row["incident"] not in ("", token, "CR/2026/0114")
    assert "CR/2026/0114" in row["text"]
    again = await staff.record(ref, "facts_corrected", data={"incident": "cr/2026/0113"})
    assert again.status_code == 200, again.text
    assert (await staff.get(f"/api/v1/cases/{ref}")).json()["incident"] == token
