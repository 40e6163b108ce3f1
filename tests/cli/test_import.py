"""`rj import`: good rows are stored once, bad ones are named, whatever is in the file and however often it is read."""

import json
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.cli.conftest import LocalIssuer, RunningService
from tests.cli.shell import Shell, flags
from tests.field_cases import FIELD, needs_field

GOOD: dict[str, Any] = {
    "source_id": "row-1",
    "request": {
        "area": "avonside",
        "initiated_by": "victim",
        "takes_part_as": "direct_victim",
        "offender_age_group": "adult",
    },
    "victim": {"name": "Marta Quill", "email": "marta@example.org"},
}
COLUMNS = "area,request.initiated_by,request.takes_part_as,request.offender_age_group,victim.name,victim.email"
CSV = f"""source_id,request.{COLUMNS}
c-1,avonside,victim,direct_victim,adult,Marta Quill,marta@example.org
c-2,avonside,somebody,direct_victim,adult,Ivo Fenn,ivo@example.org
c-3,avonside,victim,direct_victim,adult,Ada Lorne,ada@example.org
"""


def rows(*more: str) -> str:
    return "\n".join([json.dumps(GOOD), json.dumps(GOOD | {"source_id": "row-2"}), *more]) + "\n"


AS_JSON_LINES = "Read as UTF-8, JSON Lines. Source: files.\n"
AS_CSV = "Read as UTF-8, with commas between the cells. Source: files.\n"


@pytest.fixture
async def importer(alone: RunningService) -> Shell:
    """The shell of a caseworker, where there are agencies in some areas."""
    for area in ("avonside", "eastmoor", "northvale", "southmere"):
        await alone.admin.value("agency", "add", f"{area}-vlo", *flags(kind="vlo", name="VLO", area=area))
    return alone.caseworker


async def count_requests(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("select count(*) from inbox where kind = 'request'"))
    finally:
        await connection.close()


async def test_a_file_that_is_read_twice_is_imported_once(importer: Shell, dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "spring.jsonl"
    file.write_text(rows())
    first, again = await importer.rj("import", str(file)), await importer.rj("import", str(file))
    assert (first.code, first.out, first.err) == (0, f"2 stored, 0 known already, 0 bad\n{AS_JSON_LINES}", "")
    assert (again.code, again.out) == (0, f"0 stored, 2 known already, 0 bad\n{AS_JSON_LINES}")
    assert await count_requests(dsn) == 2


async def test_bad_rows_are_named_by_line_and_field_and_good_ones_are_stored(
    importer: Shell, dsn: str, tmp_path: Path
) -> None:
    file = tmp_path / "spring.csv"
    file.write_text(CSV)
    ended = await importer.rj("import", str(file))
    assert ended.code == 2
    assert ended.err == "rj: line 3: request.initiated_by must be one of victim, offender, court, service\n"
    assert ended.out == f"2 stored, 0 known already, 1 bad\n{AS_CSV}"
    file.write_text(CSV.replace("somebody", "court"))
    corrected = await importer.rj("import", str(file))
    assert (corrected.code, corrected.out) == (0, f"1 stored, 2 known already, 0 bad\n{AS_CSV}")
    assert await count_requests(dsn) == 3


async def test_programs_get_a_line_for_each_row(importer: Shell, dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "spring.jsonl"
    file.write_text(rows("{", json.dumps({**GOOD, "source_id": "row-4", "victim": {}})))
    ended = await importer.rj("import", str(file), "--json", "--source", "old-system")
    *lines, summary = ended.values
    assert ended.code == 2
    assert [(line["line"], line.get("first")) for line in lines] == [(1, True), (2, True), (3, False), (4, False)]
    assert lines[2]["errors"] == [{"field": "", "problem": "is not JSON"}]
    assert [error["field"] for error in lines[3]["errors"]] == ["victim.name", "victim.email"]
    counts = {"stored": 2, "known": 0, "bad": 2, "different": 0, "refused": 0, "problem": None}
    assert summary == counts | {"source": "old-system", "encoding": "UTF-8", "separator": ""}
    assert ended.err.count("\n") == 2


async def test_the_same_ids_of_two_systems_are_two_requests(importer: Shell, dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "spring.jsonl"
    file.write_text(rows())
    for source in ("north", "south"):
        assert (await importer.rj("import", str(file), "--source", source)).out.startswith("2 stored")
    assert await count_requests(dsn) == 4


async def test_requests_of_other_areas_are_not_stored(
    alone: RunningService, importer: Shell, issuer: LocalIssuer, dsn: str, tmp_path: Path
) -> None:
    file = tmp_path / "spring.jsonl"
    file.write_text(rows())
    elsewhere = importer.with_settings(RJ_TOKEN=await issuer.token("n.vale", "caseworker", "northvale"))
    ended = await elsewhere.rj("import", str(file))
    assert (ended.code, ended.out) == (2, f"0 stored, 0 known already, 2 bad\n{AS_JSON_LINES}")
    assert "line 1: request.area " in ended.err
    assert (await alone.auditor.get_error("import", str(file))).endswith("[wrong_role]")
    assert await count_requests(dsn) == 0


async def test_a_list_that_grows_is_imported_under_any_file_name(importer: Shell, dsn: str, tmp_path: Path) -> None:
    """4.9."""
    first, grown = tmp_path / "week-1.jsonl", tmp_path / "week-2.jsonl"
    first.write_text(rows())
    grown.write_text(rows(json.dumps(GOOD | {"source_id": "row-3"})))
    await importer.rj("import", str(first))
    ended = await importer.rj("import", str(grown))
    assert ended.out.startswith("1 stored, 2 known already, 0 bad\n")
    assert await count_requests(dsn) == 3


async def test_a_known_row_that_differs_is_listed_field_by_field(importer: Shell, tmp_path: Path) -> None:
    """4.9: nothing is changed, and nothing is dropped silently."""
    file = tmp_path / "spring.jsonl"
    file.write_text(rows())
    await importer.rj("import", str(file))
    changed = {
        **GOOD,
        "request": {**GOOD["request"], "has_vlo": True},
        "victim": {"name": "Marta Quill", "email": "m.quill@example.org", "phone": "07700 900123 (mum)"},
        "offence": "theft",
        "referrer": {"name": "Ada Lorne"},
        "note": "Ring late.",
    }
    file.write_text(json.dumps(changed))
    ended = await importer.rj("import", str(file))
    fields = "has_vlo, note, offence, referrer.name, victim.email, victim.phone, victim.phone_note"
    assert ended.code == 2
    assert sorted(ended.err.removeprefix("rj: row-1: ").removesuffix(" differ\n").split(", ")) == fields.split(", ")
    assert ended.out.startswith("0 stored, 1 known already, 0 bad, 1 different\n")


async def test_a_request_that_the_process_refuses_is_listed_each_time(importer: Shell, tmp_path: Path) -> None:
    """4.9."""
    file = tmp_path / "spring.jsonl"
    refused = {**GOOD, "request": {**GOOD["request"], "initiated_by": "offender"}, "offence": "sexual_offence"}
    file.write_text(json.dumps(refused))
    for _ in range(2):
        ended = await importer.rj("import", str(file))
        assert (ended.code, ended.err) == (0, "")
        assert ended.out.startswith("row-1: refused, victim_must_ask: ")
        assert "1 refused" in ended.out


async def test_an_unknown_area_is_an_error_with_near_matches(importer: Shell, tmp_path: Path) -> None:
    """4.6."""
    file = tmp_path / "spring.jsonl"
    file.write_text(json.dumps({**GOOD, "request": {**GOOD["request"], "area": "avonsid"}}))
    ended = await importer.rj("import", str(file))
    assert (ended.code, ended.err) == (2, "rj: line 1: request.area is not known; did you mean avonside?\n")


@needs_field
async def test_files_from_the_field_give_their_correct_results(importer: Shell, dsn: str) -> None:
    """4.6 and 4.9: a list that grows, a corrected row, an unknown area, and how each file was read."""
    for name, out, err in (
        ("26-referrals-2026-12-01.csv", "1 stored, 0 known already, 0 bad\n", ""),
        ("26-referrals-2026-12-08.csv", "1 stored, 1 known already, 0 bad\n", ""),
        ("08-first.csv", "1 stored, 0 known already, 0 bad\n", ""),
        (
            "08-mended.csv",
            "0 stored, 1 known already, 0 bad, 1 different\n",
            "rj: F08-1: contact, offender.name, offender.date_of_birth differ\n",
        ),
        ("06-contradictions.jsonl", "0 stored, 0 known already, 4 bad\n", "did you mean eastmoor?\n"),
        ("05-offence-without-flag.jsonl", "4 stored, 0 known already, 0 bad, 3 refused\n", ""),
        ("04-cp1252.csv", "Read as Windows-1252, with commas between the cells.", ""),
        ("04d-semicolons.csv", "Read as UTF-8, with semicolons between the cells.", ""),
    ):
        ended = await importer.rj("import", str(FIELD / name))
        assert out in ended.out
        assert err in ended.err
        assert ended.code == (2 if err else 0)
    assert await count_requests(dsn) == 9
