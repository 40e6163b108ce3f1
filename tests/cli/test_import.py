"""`rj import`: good rows are stored once, bad ones are named, whatever is in the file and however often it is read."""

import json
from pathlib import Path

import asyncpg
import pytest

from tests.cli.conftest import LocalIssuer, RunningService
from tests.cli.shell import Shell, flags

GOOD = {
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


@pytest.fixture
async def importer(alone: RunningService) -> Shell:
    """The shell of a caseworker, where there is an agency in the area."""
    await alone.admin.value("agency", "add", "avonside-vlo", *flags(kind="vlo", name="VLO", area="avonside"))
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
    assert (first.code, first.out, first.err) == (0, "2 stored, 0 known already, 0 bad\n", "")
    assert (again.code, again.out) == (0, "0 stored, 2 known already, 0 bad\n")
    assert await count_requests(dsn) == 2


async def test_bad_rows_are_named_by_line_and_field_and_good_ones_are_stored(
    importer: Shell, dsn: str, tmp_path: Path
) -> None:
    file = tmp_path / "spring.csv"
    file.write_text(CSV)
    ended = await importer.rj("import", str(file))
    assert ended.code == 2
    assert ended.err == "rj: line 3: request.initiated_by must be one of victim, offender, court, service\n"
    assert ended.out == "2 stored, 0 known already, 1 bad\n"
    file.write_text(CSV.replace("somebody", "court"))
    mended = await importer.rj("import", str(file))
    assert (mended.code, mended.out) == (0, "1 stored, 2 known already, 0 bad\n")
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
    assert summary == {"stored": 2, "known": 0, "bad": 2, "problem": None}
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
    elsewhere = importer.given(RJ_TOKEN=await issuer.token("n.vale", "caseworker", "northvale"))
    ended = await elsewhere.rj("import", str(file))
    assert (ended.code, ended.out) == (2, "0 stored, 0 known already, 2 bad\n")
    assert "line 1: request.area " in ended.err
    assert (await alone.auditor.refused("import", str(file))).endswith("[wrong_role]")
    assert await count_requests(dsn) == 0
