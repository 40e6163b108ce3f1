"""Reads requests from files: CSV with a header of dotted names, or JSON Lines; docs/importing.md shows both.

A file is streamed: only the ids so far are held. Each row becomes a `RequestRow` or an `InvalidRow`, and reading
continues after an invalid one.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import date
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TextIO

from adapters.requests.field_errors import FieldError, shown_name
from adapters.requests.file_formats import (
    CP1252,
    SEPARATORS,
    QuoteState,
    TextFormat,
    find_encoding,
    find_quote_state,
    has_doubtful_letter,
)
from adapters.requests.rows import InvalidRow, RequestRow, read_row

MAX_LINE_LENGTH = 200_000
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
        "disposal",
        "date_of_offence",
        "referred_by",
        "referred_on",
        "received_on",
    ),
    "victim": (
        "name",
        "email",
        "phone",
        "phone_note",
        "address",
        "language",
        "needs",
        "safe_to_leave_message",
        "safe_times",
        "shared",
        "supporter_name",
        "supporter_phone",
        "case_label",
        "date_of_birth",
        "child_name",
        "child_date_of_birth",
    ),
    "offender": ("name", "date_of_birth", "year_of_birth", "pnc_number", "nomis_number", "crn", "aliases"),
    "referrer": ("name", "organisation", "email", "phone", "phone_note"),
}
COLUMNS: tuple[str, ...] = (
    "source_id",
    *(f"{group}.{name}" for group, names in _GROUPS.items() for name in names),
    "offence",
    "note",
)
"""Every column that a CSV file may have, in any order; those of fields with a default may be left out."""

LISTS = frozenset({"request.flags", "victim.needs", "victim.shared", "offender.aliases"})
"""Columns that hold several values, with `;` between them."""


def read_requests(path: Path) -> Iterator[RequestRow | InvalidRow]:
    """Each row of the file in order: CSV if its name ends in `.csv`, else JSON Lines. Raises OSError."""
    with path.open("rb") as file:
        yield from read_rows(file, find_format(file, is_csv=path.suffix.lower() == ".csv"))


def find_format(content: BinaryIO, *, is_csv: bool) -> TextFormat:
    """How the content is written. It is read to its end, and from its beginning again afterwards."""
    encoding = find_encoding(content, is_csv=is_csv)
    content.seek(0)
    if not is_csv:
        return TextFormat(encoding)
    text = TextIOWrapper(content, encoding=encoding, errors="surrogateescape")
    header = next((line for _, line in _lines(text) if line is None or line.strip()), None) or ""
    text.detach()
    content.seek(0)
    named = {separator: sum(_column(name) in COLUMNS for name in header.split(separator)) for separator in SEPARATORS}
    return TextFormat(encoding, max(named, key=lambda separator: named[separator]))


def read_rows(content: BinaryIO, form: TextFormat, today: date | None = None) -> Iterator[RequestRow | InvalidRow]:
    """Each row of the content in order, checked on `today`, or else on the real day."""
    first_lines: dict[str, int] = {}
    # Bytes that are not text of the encoding make their own row invalid, instead of ending the file.
    text = TextIOWrapper(content, encoding=form.encoding, errors="surrogateescape")
    try:
        for row in _csv_rows(text, form, today) if form.separator else _json_rows(text, today):
            first = first_lines.setdefault(row.source_id, row.line) if row.source_id else row.line
            if first == row.line:
                yield row
            else:
                errors = row.errors if isinstance(row, InvalidRow) else ()
                repeated = FieldError("source_id", f"is the same as in line {first}")
                yield InvalidRow(row.line, (*errors, repeated), row.source_id)
    finally:
        # The content is the caller's to close.
        text.detach()


def _lines(file: TextIO) -> Iterator[tuple[int, str | None]]:
    """Each line with its number; None for one that is too long, of which no more than the limit is held."""
    number = 0
    while line := file.readline(MAX_LINE_LENGTH):
        number += 1
        if len(line) == MAX_LINE_LENGTH and not line.endswith("\n"):
            while (rest := file.readline(MAX_LINE_LENGTH)) and not rest.endswith("\n"):
                pass
            yield number, None
        else:
            yield number, line


def _json_rows(file: TextIO, today: date | None) -> Iterator[RequestRow | InvalidRow]:
    for number, line in _lines(file):
        if line is None:
            yield _invalid(number, _TOO_LONG)
        elif line.strip():
            try:
                raw = json.loads(line, parse_constant=_refuse_constant, object_pairs_hook=_to_object)
            except _RepeatedFieldError:
                yield _invalid(number, "names a field twice")
            except (ValueError, RecursionError):
                yield _invalid(number, "is not JSON")
            else:
                yield read_row(raw, number, today)


class _RepeatedFieldError(Exception):
    """An object names a field twice; which value was meant cannot be known."""


def _to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise _RepeatedFieldError
    return values


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError


_TOO_LONG = f"is longer than {MAX_LINE_LENGTH} characters"


def _invalid(line: int, *problems: str) -> InvalidRow:
    return InvalidRow(line, tuple(FieldError("", problem) for problem in problems))


def _csv_rows(file: TextIO, form: TextFormat, today: date | None) -> Iterator[RequestRow | InvalidRow]:
    """The rows after the header. Without a valid header no row can be read, and it is the only invalid one."""
    records = _csv_records(file, form.separator)
    header = next(records, None)
    if header is None:
        return
    if isinstance(header, InvalidRow):
        yield header
        return
    number, names = header
    columns = _without_empty_end([_column(name) for name in names])
    if problems := _find_header_problems(columns):
        yield _invalid(number, *problems)
        return
    for record in records:
        yield record if isinstance(record, InvalidRow) else _csv_row(record, columns, form.encoding, today)


def _column(name: str) -> str:
    return name.strip().strip('"').strip().lower()


def _without_empty_end(cells: Sequence[str]) -> list[str]:
    """Return the cells without the empty ones at the end, which spreadsheets add or leave out."""
    count = max((number for number, cell in enumerate(cells, 1) if cell.strip()), default=0)
    return list(cells[:count])


def _find_header_problems(columns: list[str]) -> tuple[str, ...]:
    if not set(columns) & set(COLUMNS):
        return ("must name the columns, separated by commas, such as source_id,request.area,victim.name",)
    named = [(number, column) for number, column in enumerate(columns, 1) if column]
    unknown = ((number, column) for number, column in named if column not in COLUMNS)
    repeated = (number for number, column in named if column in columns[: number - 1])
    return (
        *(
            f"has no known field in column {number}: {'.'.join(shown_name(name) for name in column.split('.')[:2])}"
            for number, column in unknown
        ),
        *(f"names the field of column {number} twice" for number in repeated),
    )


def _csv_row(
    record: tuple[int, list[str]], columns: list[str], encoding: str, today: date | None
) -> RequestRow | InvalidRow:
    number, cells = record[0], _without_empty_end(record[1])
    if len(cells) > len(columns):
        return _invalid(number, f"has {len(cells)} cells, and the header {len(columns)}")
    raw: dict[str, Any] = {"request": {}, "victim": {}}
    for position, (column, cell) in enumerate(zip(columns, cells, strict=False), 1):
        text = cell.strip()
        if text and not column:
            return _invalid(number, f"has a value in column {position}, of which the header has no name")
        if text:
            group, _, name = column.rpartition(".")
            parts = [part.strip() for part in text.split(";") if part.strip()]
            (raw.setdefault(group, {}) if group else raw)[name] = parts if column in LISTS else text
    row = read_row(raw, number, today)
    # Names that another encoding than Windows-1252 would read otherwise.
    doubtful = [
        f"{group}.{name}"
        for group in ("victim", "offender", "referrer")
        for name in ("name", "child_name", "aliases")
        if encoding == CP1252 and has_doubtful_letter("".join(raw.get(group, {}).get(name, "")))
    ]
    if not doubtful:
        return row
    problem = "has a sign that is in no name: save the file as UTF-8"
    errors = row.errors if isinstance(row, InvalidRow) else ()
    return InvalidRow(number, (*errors, *(FieldError(column, problem) for column in doubtful)), row.source_id)


def _csv_records(file: TextIO, separator: str) -> Iterator[tuple[int, list[str]] | InvalidRow]:
    """The cells of each record that is not blank, with its first line: quoted cells may take several."""
    text, start, state = "", 0, QuoteState.CLOSED
    for number, line in _lines(file):
        start = start if text else number
        text += line or ""
        state = find_quote_state(line or "", separator, state)
        if line is None or len(text) > MAX_LINE_LENGTH:
            yield _invalid(start, _unclosed_quote(start, number) if start < number else _TOO_LONG)
            text, state = "", QuoteState.CLOSED
        elif state is not QuoteState.OPEN:
            record = _csv_cells(text, start, number, separator)
            text, state = "", QuoteState.CLOSED
            if isinstance(record, InvalidRow):
                yield record
            elif any(cell.strip() for cell in record) and not (start == 1 and record[0].lower().startswith("sep=")):
                yield start, record
    if text:
        yield _invalid(start, _unclosed_quote(start, number))


def _csv_cells(text: str, start: int, end: int, separator: str) -> list[str] | InvalidRow:
    try:
        records = list(csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error:
        return _invalid(start, "is not CSV: a quote is in the wrong place")
    return records[0] if len(records) == 1 else _invalid(start, _unclosed_quote(start, end))


def _unclosed_quote(start: int, end: int) -> str:
    return f"has a quote that is not closed: lines {start} to {end} cannot be read"
