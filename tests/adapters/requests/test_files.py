"""Requests from files: every row becomes a request or names what is wrong with it, and no value is repeated."""

import csv
import json
import tracemalloc
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from adapters.requests.field_errors import FieldError
from adapters.requests.files import COLUMNS, MAX_LINE_LENGTH, read_requests
from adapters.requests.rows import VAULT_FACTS, InvalidRow, RequestRow, _RequestFields, read_row
from domain.events import RequestReceived
from domain.vocabulary import AgeGroup, Flag, InitiatedBy, Offence, TakesPartAs

SAMPLES = Path(__file__).parents[3] / "devstack" / "requests.jsonl"


def request(**changes: Any) -> dict[str, Any]:
    """A row that can be taken, with some of its fields changed; dotted names are written with two underscores."""
    raw: dict[str, Any] = {
        "source_id": "EM-1",
        "request": {
            "area": "eastmoor",
            "initiated_by": "victim",
            "takes_part_as": "direct_victim",
            "offender_age_group": "adult",
        },
        "victim": {"name": "Gwen Ashworth", "email": "gwen@mail.example"},
    }
    for name, value in changes.items():
        group, _, field = name.rpartition("__")
        (raw.setdefault(group, {}) if group else raw)[field] = value
    return raw


def write_file(tmp_path: Path, *rows: object, name: str = "requests.jsonl") -> Path:
    """A file of `rows`: text unchanged, anything else as JSON."""
    file = tmp_path / name
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    file.write_text("".join(line + "\n" for line in lines))
    return file


def read(file: Path) -> list[RequestRow | InvalidRow]:
    return list(read_requests(file))


def faults(raw: object) -> list[str]:
    """What is wrong with `raw`."""
    row = read_row(raw)
    return [str(fault) for fault in row.errors] if isinstance(row, InvalidRow) else []


def test_a_request_is_read_with_its_people_and_its_note(tmp_path: Path) -> None:
    raw = request(request__flags=["domestic_abuse"], offender__date_of_birth="1990-12-31", note="Asks why.")
    raw["offender"]["name"] = "Darren Pollitt"
    (row,) = read(write_file(tmp_path, raw))
    assert isinstance(row, RequestRow)
    assert row.request == RequestReceived(
        "eastmoor",
        InitiatedBy.VICTIM,
        TakesPartAs.DIRECT_VICTIM,
        AgeGroup.ADULT,
        flags=frozenset({Flag.DOMESTIC_ABUSE}),
    )
    assert (row.victim.name, row.note, row.line) == ("Gwen Ashworth", "Asks why.", 1)
    assert row.offender
    assert row.offender.date_of_birth
    assert row.offender.date_of_birth.isoformat() == "1990-12-31"


@pytest.mark.parametrize("given", ["2008/0545166T", "2008/545166t", " 2008/0545166T "])
def test_a_pnc_number_is_stored_with_all_its_digits(given: str) -> None:
    row = read_row(request(offender={"name": "Darren Pollitt", "pnc_number": given}))
    assert isinstance(row, RequestRow)
    assert row.offender
    assert row.offender.pnc_number == "2008/0545166T"


def test_other_names_of_the_offender_share_a_cell(tmp_path: Path) -> None:
    names = "Daz Pollitt; Darren Stone"
    raw = {"source_id": "EM-1", "offender.name": "Darren Pollitt", "offender.aliases": names}
    file = tmp_path / "a.csv"
    rest = "request.area,request.initiated_by,request.takes_part_as,request.offender_age_group,victim.name,victim.email"
    file.write_text(
        f"{','.join(raw)},{rest}\n{','.join(raw.values())},eastmoor,victim,proxy,adult,Gwen,g@mail.example\n"
    )
    (row,) = read(file)
    assert isinstance(row, RequestRow)
    assert row.offender
    assert row.offender.aliases == ("Daz Pollitt", "Darren Stone")


def test_the_format_follows_the_event_that_a_request_becomes() -> None:
    elsewhere = ("continues", "offence")
    event = {field.name: field.default for field in fields(RequestReceived) if field.name not in elsewhere}
    model = {name: field for name, field in _RequestFields.model_fields.items() if name not in VAULT_FACTS}
    assert set(model) == set(event)
    assert all(field.is_required() or field.default == event[name] for name, field in model.items())
    assert {column for column in COLUMNS if column.startswith("request.")} == {
        f"request.{name}" for name in (*event, *VAULT_FACTS, "received_on")
    }


def test_every_sample_request_can_be_read() -> None:
    assert [row for row in read_requests(SAMPLES) if isinstance(row, InvalidRow)] == []


def test_every_sample_request_can_be_read_for_years() -> None:
    """No child of a sample comes of age by then."""
    rows = [read_row(json.loads(line), today=date(2030, 12, 31)) for line in SAMPLES.read_text().splitlines()]
    assert [row for row in rows if isinstance(row, InvalidRow)] == []


def test_the_same_requests_as_csv_read_equal(tmp_path: Path) -> None:
    raw_rows = [json.loads(line) for line in SAMPLES.read_text().splitlines()]
    file = as_csv(tmp_path / "requests.csv", raw_rows)
    assert read(file) == read(SAMPLES)


def as_csv(file: Path, rows: Iterable[Mapping[str, Any]], encoding: str = "utf-8") -> Path:
    with file.open("w", encoding=encoding, newline="") as opened:
        writer = csv.DictWriter(opened, COLUMNS)
        writer.writeheader()
        writer.writerows(_cells(row) for row in rows)
    return file


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    named: dict[str, Any] = {}
    for name, value in row.items():
        named |= {f"{name}.{key}": part for key, part in value.items()} if isinstance(value, dict) else {name: value}
    return {name: _cell(named[name]) for name in COLUMNS if name in named}


def _cell(value: Any) -> str:
    return ";".join(value) if isinstance(value, list) else str(value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    plain = as_csv(tmp_path / "a.csv", [request()], encoding)
    lines = tmp_path / "a.jsonl"
    lines.write_text(json.dumps(request()), encoding=encoding)
    assert len(read(plain)) == len(read(lines)) == 1
    assert read(plain) == read(lines)


def test_blank_lines_are_skipped_and_counted(tmp_path: Path) -> None:
    first, second = read(write_file(tmp_path, "", request(), "  ", request(source_id="EM-2"), ""))
    assert (first.line, second.line) == (2, 4)
    file = write_file(tmp_path, "", "source_id,note", ",", "", "EM-1,", name="a.csv")
    (row,) = read(file)
    assert row.line == 5


def test_a_cell_may_hold_several_lines_and_the_next_row_keeps_its_line(tmp_path: Path) -> None:
    rows = [request(note='one\ntwo, "quoted"\nthree'), request(source_id="EM-2")]
    first, second = read(as_csv(tmp_path / "a.csv", rows))
    assert isinstance(first, RequestRow)
    assert first.note == 'one\ntwo, "quoted"\nthree'
    assert (first.line, second.line) == (2, 5)


def test_every_error_of_a_row_names_its_field() -> None:
    raw = request(source_id="EM 1", request__area="", request__flags=["rude"], victim__email=None, colour="red")
    assert faults(raw) == [
        f"source_id {A_CODE}",
        "request.area is missing",
        "request.flags must be one of sexual_harm, domestic_abuse, stalking",
        "colour is not a known field",
        "victim.email is missing: request.contact is email",
    ]


A_CODE = "must be 1 to 100 letters, digits and . _ : / - without spaces"
A_PNC = "must be a PNC number such as 2008/0545166T, with the letter that fits it"
A_DATE = "must be a date such as 31/12/1990 or 1990-12-31"
NO_DAY = "is no day of the calendar: the day comes before the month"
NAMES = "must name the columns, separated by commas, such as source_id,request.area,victim.name"


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"request__continues": {}}, "request.continues is not a known field"),
        (
            {"request__area": "East Moor"},
            "request.area must be an area's code of up to 50 lower-case letters, digits, _ and -, as in eastmoor",
        ),
        ({"request__has_vlo": "perhaps"}, "request.has_vlo must be true or false"),
        ({"request__years_since_offence": -1}, "request.years_since_offence is too small"),
        ({"request__years_since_offence": "two"}, "request.years_since_offence must be a whole number"),
        (
            {"request__incident": "the shop raid"},
            f"request.incident {A_CODE}",
        ),
        ({"request__initiated_by": "Victim"}, "request.initiated_by must be one of victim, offender, court, service"),
        ({"request__contact": "text"}, "victim.phone is missing: request.contact is text"),
        ({"request__contact": "letter"}, "victim.address is missing: request.contact is letter"),
        ({"victim__name": "  "}, "victim.name must not be empty"),
        ({"victim__name": "x" * 201}, "victim.name is longer than 200 characters"),
        ({"victim__name": "a\0b"}, "victim.name holds a character that cannot be stored"),
        ({"victim__name": "\udcff"}, "victim.name is not UTF-8 text"),
        ({"victim__email": "gwen"}, "victim.email must be an email address"),
        ({"victim__phone": "ask her sister"}, "victim.phone must be a telephone number"),
        ({"victim__language": "Welsh"}, "victim.language must be a language's code, such as en, cy, pl or bfi"),
        ({"victim__needs": "step-free"}, "victim.needs must be a list"),
        ({"victim": []}, "victim must be an object with fields of its own"),
        (
            {"offender": {"name": "D", "date_of_birth": "12/31/1990"}},
            f"offender.date_of_birth {NO_DAY}",
        ),
        ({"offender": {"name": "D", "date_of_birth": 661}}, f"offender.date_of_birth {A_DATE}"),
        (
            {"offender": {"name": "D", "date_of_birth": "1990-02-30"}},
            f"offender.date_of_birth {NO_DAY}",
        ),
        ({"offender": {"name": "D", "date_of_birth": "1090-02-03"}}, "offender.date_of_birth is over 110 years ago"),
        ({"offender": {"name": "D", "pnc_number": "2008/0545166A"}}, f"offender.pnc_number {A_PNC}"),
        ({"offender": {"name": "D", "pnc_number": "2008-0545166T"}}, f"offender.pnc_number {A_PNC}"),
        ({"offender": {"name": "D", "pnc_number": "2008/00545166T"}}, f"offender.pnc_number {A_PNC}"),
        ({"offender": {"name": "D", "pnc_number": 545166}}, "offender.pnc_number must be text"),
        ({"offender": {"name": "D", "pnc_number": "2" * 21}}, "offender.pnc_number is longer than 20 characters"),
        ({"offender": {"name": "D", "aliases": "Daz"}}, "offender.aliases must be a list"),
        ({"offender": {"name": "D", "aliases": ["Daz"] * 11}}, "offender.aliases has too many entries"),
        ({"offender": {"name": "D", "aliases": [" "]}}, "offender.aliases must not be empty"),
        ({"Gwen Ashworth": 1}, "a field of another name is not a known field"),
    ],
)
def test_each_kind_of_error_has_words_of_its_own(changes: dict[str, Any], fault: str) -> None:
    assert faults(request(**changes)) == [fault]


def test_a_victim_who_is_not_to_be_contacted_needs_no_address() -> None:
    raw = request(request__contact="none", victim__email=None)
    assert faults(raw) == []


@pytest.mark.parametrize("line", ["{", "[1]", "7", "null", '"text"', "NaN", "[" * 100_000, '{"a": 1e999}', "9" * 5000])
def test_a_line_that_is_no_request_is_one_invalid_row(tmp_path: Path, line: str) -> None:
    bad, good = read(write_file(tmp_path, line, request()))
    assert isinstance(bad, InvalidRow)
    assert isinstance(good, RequestRow)
    assert (bad.line, good.line) == (1, 2)


def test_an_object_that_names_a_field_twice_is_refused(tmp_path: Path) -> None:
    (row,) = read(write_file(tmp_path, json.dumps(request())[:-1] + ', "source_id": "EM-2"}'))
    assert row == InvalidRow(1, (FieldError("", "names a field twice"),))


def test_bytes_that_are_not_utf8_invalidate_only_their_row(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    latin = json.dumps(request(victim__name="Zoë"), ensure_ascii=False).encode("latin-1")
    file.write_bytes(latin + b"\n" + json.dumps(request(source_id="EM-2")).encode())
    bad, good = read(file)
    assert str(bad) == "line 1: victim.name is not UTF-8 text"
    assert isinstance(good, RequestRow)


def test_the_second_of_two_rows_with_one_id_is_invalid(tmp_path: Path) -> None:
    rows = read(write_file(tmp_path, request(), request(source_id="EM-2"), request(note="again")))
    assert [isinstance(row, RequestRow) for row in rows] == [True, True, False]
    assert str(rows[2]) == "line 3: source_id is the same as in line 1"


def test_a_repeated_id_is_reported_with_the_other_errors_of_the_row(tmp_path: Path) -> None:
    _, bad = read(write_file(tmp_path, request(), request(request__area=None)))
    assert str(bad) == "line 2: request.area is missing; source_id is the same as in line 1"


def test_an_overlong_line_is_invalid_and_the_next_is_read(tmp_path: Path) -> None:
    for name, first in (("a.jsonl", request(note="x" * MAX_LINE_LENGTH)), ("a.csv", "x" * MAX_LINE_LENGTH * 3)):
        header = () if name == "a.jsonl" else ("source_id",)
        rows = read(write_file(tmp_path, *header, first, request(source_id="EM-2"), name=name))
        assert str(rows[0]).endswith(f"is longer than {MAX_LINE_LENGTH} characters")
        assert len(rows) == 2


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (
            "EM-1,Gwen Ashworth",
            "must name the columns, separated by commas, such as source_id,request.area,victim.name",
        ),
        ("source_id,victim.nmae", "has no known field in column 2: victim.nmae"),
        ("source_id,Gwen Ashworth", "has no known field in column 2: a field of another name"),
        ("source_id,note,note", "names the field of column 3 twice"),
    ],
)
def test_an_invalid_header_is_the_only_invalid_row(tmp_path: Path, header: str, problem: str) -> None:
    assert read(write_file(tmp_path, header, "a,b", "c,d", name="a.csv")) == [InvalidRow(1, (FieldError("", problem),))]


def test_a_row_with_another_number_of_cells_than_the_header_is_invalid(tmp_path: Path) -> None:
    (row,) = read(write_file(tmp_path, "source_id,note", "EM-1,one,two", name="a.csv"))
    assert str(row) == "line 2: has 3 cells, and the header 2"


@pytest.mark.parametrize("cell", ['"never closed', '"a"b', '"a" b'])
def test_a_misplaced_quote_is_reported_with_the_lines_that_it_affects(tmp_path: Path, cell: str) -> None:
    (row,) = read(write_file(tmp_path, "source_id,note", f"EM-1,{cell}", name="a.csv"))
    assert isinstance(row, InvalidRow)
    assert "quote" in str(row)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe\x00", b"source_id\n"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_an_empty_or_foreign_file_gives_no_request(tmp_path: Path, content: bytes, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert not any(isinstance(row, RequestRow) for row in read(file))


def test_no_value_occurs_in_errors_or_representations(tmp_path: Path) -> None:
    marked = "Marked-Value-7"
    raw = request(
        source_id=f"{marked} x", request__area=marked, victim__phone=marked, victim__email=marked, note=[marked]
    )
    raw |= {marked: marked, "offender": {"name": 1, "date_of_birth": marked, marked: 1}, "offence": marked}
    (bad,) = read(write_file(tmp_path, raw))
    assert isinstance(bad, InvalidRow)
    assert len(bad.errors) >= 9
    assert marked not in f"{bad} {bad!r}"
    good = read_row(request(victim__name=marked, note=marked, offender={"name": marked}))
    assert isinstance(good, RequestRow)
    assert marked not in repr(good)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.characters(categories=["Cs"]),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=8), values, max_size=3),
    max_leaves=6,
)
_PLACES = st.sampled_from([*COLUMNS, "scenario", "request", "victim", "offender", "request.continues"])


@given(changes=st.dictionaries(_PLACES, _JSON, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_fields_give_a_valid_or_an_invalid_row(changes: dict[str, Any]) -> None:
    raw = request()
    for place, value in changes.items():
        group, _, name = place.rpartition(".")
        target = raw.setdefault(group, {}) if group else raw
        if isinstance(target, dict):
            target[name] = value
    row = read_row(raw)
    assert isinstance(row, RequestRow) or row.errors
    str(row).encode()


@given(content=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode(errors="surrogatepass")))
@example(content=b'source_id,note\n"a\n"b,\n')
@example(content=b"source_id,note\na,\x00\r\rb,c")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reading_any_file_raises_nothing(tmp_path: Path, content: bytes) -> None:
    for name in ("a.jsonl", "a.csv"):
        file = tmp_path / name
        file.write_bytes(content)
        assert all(isinstance(row, (RequestRow, InvalidRow)) for row in read_requests(file))
        file.write_bytes(b"source_id,victim.name,request.flags\n" + content)
        assert all(isinstance(row, (RequestRow, InvalidRow)) for row in read_requests(file))


def test_a_long_file_is_read_in_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "long.jsonl"
    line = json.dumps(request(source_id="EM-#", note="x" * 3000))
    count = 3000
    with file.open("w") as opened:
        opened.writelines(line.replace("#", str(number)) + "\n" for number in range(count))
    tracemalloc.start()
    read_rows = sum(isinstance(row, RequestRow) for row in read_requests(file))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read_rows == count
    assert peak < file.stat().st_size / 5


GUIDE = Path(__file__).parents[3] / "docs" / "importing.md"


def test_the_examples_of_the_guide_are_one_request(tmp_path: Path) -> None:
    guide = GUIDE.read_text()
    examples = [_example(guide, kind) for kind in ("csv", "json")]
    (tmp_path / "a.csv").write_text(examples[0])
    (tmp_path / "a.jsonl").write_text(examples[1])
    rows = read(tmp_path / "a.csv")
    assert rows == read(tmp_path / "a.jsonl")
    assert [type(row) for row in rows] == [RequestRow]


def _example(guide: str, kind: str) -> str:
    return guide.partition(f"```{kind}\n")[2].partition("```")[0]


def test_the_guide_names_every_field_and_kind_of_offence() -> None:
    guide = GUIDE.read_text()
    assert [name for name in (*COLUMNS, *Offence) if f"`{name}`" not in guide] == []
