"""Reads requests from files: CSV with a header of dotted names, or JSON Lines; docs/importing.md shows both.

A file is read as it streams by: all that is kept of it is the ids seen so far. Whatever it holds, each row
becomes a `Row` or a `BadRow`, and reading goes on after a bad one.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, NoReturn, TextIO

from adapters.requests.rows import BadRow, Fault, Offence, Offender, Row, Victim, read_row, shown

__all__ = [
    "COLUMNS",
    "BadRow",
    "Fault",
    "Offence",
    "Offender",
    "Row",
    "Victim",
    "read_requests",
    "read_row",
]

LONGEST_LINE = 200_000
"""Characters; more than any row that is within the limits of its fields."""

_GROUPS: dict[str, tuple[str, ...]] = {
    "request": (
        "area",
        "initiated_by",
        "takes_part_as",
        "offender_age_group",
        "preferred_form",
        "incident",
        "has_vlo",
        "in_touch_with_police",
        "years_since_offence",
        "whereabouts_known",
        "victim_under_18",
        "flags",
        "contact",
    ),
    "victim": ("name", "email", "phone", "address", "language", "needs"),
    "offender": ("name", "date_of_birth", "pnc_number", "aliases"),
}
COLUMNS: tuple[str, ...] = (
    "source_id",
    *(f"{group}.{name}" for group, names in _GROUPS.items() for name in names),
    "offence",
    "note",
)
"""Every column that a CSV file may have, in any order; those of fields with a default may be left out."""

LISTS = frozenset({"request.flags", "victim.needs", "offender.aliases"})
"""Columns that hold several values, with `;` between them."""


def read_requests(path: Path) -> Iterator[Row | BadRow]:
    """Each row of the file in order: CSV where its name ends in `.csv`, else JSON Lines. Raises OSError."""
    # What is not UTF-8 is let through here, so that its row can be named instead of ending the file.
    with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
        rows = _csv_rows(file) if path.suffix.lower() == ".csv" else _json_rows(file)
        yield from _without_repeats(rows)


def _without_repeats(rows: Iterable[Row | BadRow]) -> Iterator[Row | BadRow]:
    """The rows, with each one whose id an earlier row has as a bad one."""
    first_seen: dict[str, int] = {}
    for row in rows:
        first = first_seen.setdefault(row.source_id, row.line) if row.source_id else row.line
        yield row if first == row.line else _repeated(row, first)


def _repeated(row: Row | BadRow, first: int) -> BadRow:
    faults = row.faults if isinstance(row, BadRow) else ()
    return BadRow(row.line, (*faults, Fault("source_id", f"is the same as in line {first}")), row.source_id)


def _lines(file: TextIO) -> Iterator[tuple[int, str | None]]:
    """Each line with its number; None for one that is too long, of which only the limit is ever held."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith("\n"):
            _skip_rest_of_line(file)
            yield number, None
        else:
            yield number, line


def _skip_rest_of_line(file: TextIO) -> None:
    while (part := file.readline(LONGEST_LINE)) and not part.endswith("\n"):
        pass


def _json_rows(file: TextIO) -> Iterator[Row | BadRow]:
    for number, line in _lines(file):
        if line is None:
            yield _bad(number, _TOO_LONG)
        elif line.strip():
            yield _json_row(line, number)


def _json_row(line: str, number: int) -> Row | BadRow:
    try:
        raw = json.loads(line, parse_constant=_no_number, object_pairs_hook=_object)
    except _TwiceError:
        return _bad(number, "names a field twice")
    except (ValueError, RecursionError):
        return _bad(number, "is not JSON")
    return read_row(raw, number)


class _TwiceError(Exception):
    """An object names a field twice; which value was meant cannot be known."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _TwiceError
    return fields


def _no_number(_: str) -> NoReturn:
    raise ValueError


_TOO_LONG = f"is longer than {LONGEST_LINE} characters"


def _bad(line: int, *problems: str) -> BadRow:
    return BadRow(line, tuple(Fault("", problem) for problem in problems))


def _csv_rows(file: TextIO) -> Iterator[Row | BadRow]:
    """The rows after the header. Without a usable header no row can be read, and that is the only bad one."""
    records = _records(file)
    header = next(records, None)
    if header is None:
        return
    if isinstance(header, BadRow):
        yield header
        return
    number, columns = header
    problems = _header_problems(columns)
    if problems:
        yield _bad(number, *problems)
        return
    for record in records:
        yield record if isinstance(record, BadRow) else _csv_row(record, columns)


def _header_problems(columns: list[str]) -> tuple[str, ...]:
    if not set(columns) & set(COLUMNS):
        return ("must name the columns, separated by commas, such as source_id,request.area,victim.name",)
    unknown = (place for place, column in enumerate(columns, 1) if column not in COLUMNS)
    twice = (place for place, column in enumerate(columns, 1) if column in columns[: place - 1])
    return (
        *(f"has no known field in column {place}: {_shown(columns[place - 1])}" for place in unknown),
        *(f"names the field of column {place} twice" for place in twice),
    )


def _shown(column: str) -> str:
    return ".".join(shown(name) for name in column.split(".")[:2])


def _csv_row(record: tuple[int, list[str]], columns: list[str]) -> Row | BadRow:
    number, cells = record
    if len(cells) != len(columns):
        return _bad(number, f"has {len(cells)} cells, and the header {len(columns)}")
    raw: dict[str, Any] = {"request": {}, "victim": {}}
    for column, cell in zip(columns, cells, strict=True):
        if cell.strip():
            group, _, name = column.rpartition(".")
            (raw.setdefault(group, {}) if group else raw)[name] = _value(column, cell.strip())
    return read_row(raw, number)


def _value(column: str, cell: str) -> str | list[str]:
    if column not in LISTS:
        return cell
    return [each.strip() for each in cell.split(";") if each.strip()]


def _records(file: TextIO) -> Iterator[tuple[int, list[str]] | BadRow]:
    """The cells of each record that is not blank, with its first line: quoted cells may take several."""
    held, start = "", 0
    for number, line in _lines(file):
        start = start if held else number
        held += line or ""
        if line is None or len(held) > LONGEST_LINE:
            yield _bad(start, _unclosed(start, number) if start < number else _TOO_LONG)
            held = ""
        elif held.count('"') % 2 == 0:
            record, held = _cells(held, start, number), ""
            if isinstance(record, BadRow) or any(cell.strip() for cell in record):
                yield record if isinstance(record, BadRow) else (start, record)
    if held:
        yield _bad(start, _unclosed(start, number))


def _cells(text: str, start: int, end: int) -> list[str] | BadRow:
    try:
        records = list(csv.reader(StringIO(text, newline=""), strict=True))
    except csv.Error:
        return _bad(start, "is not CSV: a quote is in the wrong place")
    return records[0] if len(records) == 1 else _bad(start, _unclosed(start, end))


def _unclosed(start: int, end: int) -> str:
    return f"has a quote that is not closed: lines {start} to {end} cannot be read"
