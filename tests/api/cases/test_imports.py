"""Importing requests from a file over HTTP."""

import json
from typing import Any

import httpx

from api.problems import Code
from domain.people import Person, StaffRole
from tests.api.cases.conftest import AREA, ELSEWHERE, StaffClient, problem
from tests.api.people import AUDITOR, CASEWORKER, person, shows

FIELDS = {"initiated_by": "victim", "takes_part_as": "direct_victim", "offender_age_group": "adult", "contact": "none"}
LOCAL = person("l.amari", StaffRole.CASEWORKER, areas=(AREA,))


def row(source_id: str, area: str = AREA) -> dict[str, Any]:
    return {"source_id": source_id, "request": {"area": area, **FIELDS}, "victim": {"name": "Wilhelmina Ashdown"}}


async def send(
    staff: StaffClient, content: str, media_type: str = "application/x-ndjson", who: Person = CASEWORKER
) -> httpx.Response:
    headers = {**shows(who), "content-type": media_type}
    return await staff.http.post("/api/v1/imports?source=test-file", content=content, headers=headers)


async def lines(staff: StaffClient, *rows: object, who: Person = CASEWORKER) -> list[dict[str, Any]]:
    answer = await send(staff, "\n".join(json.dumps(row) for row in rows), who=who)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_each_row_is_stored_once_however_often_the_file_is_sent(staff: StaffClient) -> None:
    first, second, summary = await lines(staff, row("once-1"), row("once-2"))
    assert (first["line"], first["first"], second["line"]) == (1, True, 2)
    counts = {"stored": 2, "known": 0, "bad": 0, "different": 0, "refused": 0}
    assert summary == counts | {"encoding": "UTF-8", "separator": "", "problem": None}
    again, _, summary = await lines(staff, row("once-1"), row("once-2"))
    assert (again["ref"], again["first"], summary["known"]) == (first["ref"], False, 2)


async def test_an_invalid_row_stops_no_other_and_repeats_no_value(staff: StaffClient) -> None:
    bad = row("bad-1") | {"offence": "Zebra"}
    wrong, stored, summary = await lines(staff, bad, row("good-1"))
    assert (wrong["ref"], stored["first"], summary["bad"]) == (None, True, 1)
    assert wrong["errors"][0]["field"] == "offence"
    assert "Zebra" not in str(wrong)


async def test_a_row_of_an_area_that_is_unknown_or_not_yours_is_invalid(staff: StaffClient) -> None:
    staff.tokens.people[LOCAL.id] = LOCAL
    unknown, elsewhere, _ = await lines(staff, row("area-1", "avonsid"), row("area-2", ELSEWHERE), who=LOCAL)
    assert unknown["errors"] == [{"field": "request.area", "problem": f"is not known; did you mean {AREA}?"}]
    assert elsewhere["errors"] == [{"field": "request.area", "problem": "is not one of your areas"}]


async def test_a_csv_file_is_imported_too(staff: StaffClient) -> None:
    header = ["source_id", *(f"request.{name}" for name in ("area", *FIELDS)), "victim.name"]
    cells = ["csv-1", AREA, *FIELDS.values(), '"Ashdown, Wilhelmina"']
    answer = await send(staff, f"{','.join(header)}\r\n{','.join(cells)}\r\n", "text/csv")
    stored, summary = [json.loads(line) for line in answer.text.splitlines()]
    assert (stored["source_id"], stored["line"], summary["stored"]) == ("csv-1", 2, 1)


async def test_only_files_of_known_types_from_those_who_record_are_read(staff: StaffClient) -> None:
    problem(await send(staff, "{}", "application/json"), Code.BAD_REQUEST)
    problem(await send(staff, "{}", who=AUDITOR), Code.WRONG_ROLE)


async def test_a_known_row_that_differs_and_a_refused_one_are_listed(staff: StaffClient) -> None:
    """4.9."""
    refused = row("refused-1") | {"offence": "domestic_abuse"}
    refused["request"] |= {"initiated_by": "court"}
    await lines(staff, row("differs-1"))
    changed, forbidden, summary = await lines(staff, row("differs-1") | {"note": "Ring late."}, refused)
    assert (changed["differs"], changed["first"]) == (["note"], False)
    assert forbidden["refused"] == "victim_must_ask"
    assert (summary["different"], summary["refused"]) == (1, 1)
