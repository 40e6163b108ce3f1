"""Lists and reports as CSV (RFC 4180), for spreadsheets."""

import asyncio
import csv
import io
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from api.problems import Responses

MEDIA_TYPE = "text/csv"
MAX_ROWS = 10_000
"""Of a list that is exported: a spreadsheet copes badly with more."""
ALL_AREAS, ALL_STEPS = "All areas", "All steps"
TOO_FEW = "fewer than 5"
AS_CSV: Responses = {200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}}
"""The documentation of a response that can be a table."""

_HEADINGS = {
    "ref": "Case",
    "median_days": "Median (days)",
    "p90_days": "90% within (days)",
    "form": "Type of contact",
    "why": "Why it is stuck",
    "can_do": "What can be done",
    "as_of": "Counted at (UTC)",
    "first": "First day of the period",
    "last": "Last day of the period",
    "asked": "Requests",
    "chased": "Requests with a reminder",
    "victim_updated_on": "Victim last updated on",
    "step_since": "At this step since",
    "since": "Stuck since",
    "kind": "Most harmful reason",
    "version": "Version of the case",
    "co_facilitators": "Co-facilitators",
    "indicator_label": "What is counted",
    "item_label": "Which",
}


class ResponseFormat(StrEnum):
    """The format of a response."""

    JSON = "json"
    CSV = "csv"


def read_is_csv(
    request: Request,
    _format: Annotated[
        ResponseFormat | None,
        Query(alias="format", description="csv for a spreadsheet, as `Accept: text/csv`.", examples=["csv"]),
    ] = None,
) -> bool:
    """Return whether the response is to be a table, as FastAPI resolves it."""
    return is_csv_requested(request)


AsCsv = Annotated[bool, Depends(read_is_csv)]
"""Whether the response is to be a table."""


def is_csv_requested(request: Request) -> bool:
    """Return whether the request asks for CSV, by its parameter `format` or by its header `Accept`."""
    named = request.query_params.get("format")
    if named is not None:
        return named == ResponseFormat.CSV
    return request.headers.get("accept", "").partition(";")[0].strip() == MEDIA_TYPE


async def to_csv_response(
    columns: Iterable[str], rows: Iterable[Mapping[str, object]], name: str, next_url: str = ""
) -> Any:
    """Return the rows as a file `name`.csv; `next_url` is the address of the rows after them.

    Declared as Any, since the handlers that return it declare what they return otherwise.
    """
    # Thousands of rows would block the event loop for others; rows from a generator are made in the thread, too.
    text = await asyncio.to_thread(write_csv, list(columns), rows)
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    if next_url:
        headers["link"] = f'<{next_url}>; rel="next"'
    return Response(text, 200, headers, f"{MEDIA_TYPE}; charset=utf-8")


def write_csv(columns: list[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return the rows under readable headings, with CRLF."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(format_heading(column) for column in columns)
    writer.writerows([_format_cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def format_heading(column: str) -> str:
    """Return the heading of a column."""
    return _HEADINGS.get(column) or column.replace("_", " ").capitalize()


def _format_cell(value: object) -> str:
    """The value as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    text = str(value)
    is_number = isinstance(value, int | float)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") and not is_number else text
