"""Tables for spreadsheets, as CSV (RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Mapping


def csv_of(columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> str:
    """The rows under their columns, with a header and CRLF."""
    text, names = io.StringIO(), list(columns)
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue()


def cell(value: object) -> str:
    """A value as a spreadsheet takes it: as what it is, and never as a formula."""
    if value is None:
        return ""
    text = str(value)
    is_number = isinstance(value, int | float)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not is_number else text
