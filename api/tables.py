"""Tables over HTTP: the same rows as in JSON, for spreadsheets."""

import asyncio
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated

from fastapi import Query, Request, Response

from queries.tables import csv_of

MEDIA_TYPE = "text/csv"
MOST_ROWS = 10_000
"""Of a list, as a table: whoever exports it wants all of it, and a spreadsheet takes no end of rows badly."""


class Format(StrEnum):
    """As what an answer is wanted."""

    JSON = "json"
    CSV = "csv"


WantedFormat = Annotated[Format | None, Query(description="csv for a spreadsheet; so does `Accept: text/csv`.")]

AS_CSV = {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}
"""How the documentation says that an answer can be a table."""


def wants_csv(request: Request, wanted: Format | None) -> bool:
    """Whether the answer is to be a table."""
    if wanted is not None:
        return wanted is Format.CSV
    return request.headers.get("accept", "").partition(";")[0].strip() == MEDIA_TYPE


async def table(columns: Iterable[str], rows: Iterable[Mapping[str, object]], name: str, goes_on: str = "") -> Response:
    """The rows under their columns, to be saved as `name`.csv; `goes_on` is the address of what follows them."""
    # As many rows as there may be take long enough for others to notice; rows that are made one by one are made there.
    text = await asyncio.to_thread(csv_of, columns, rows)
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    if goes_on:
        headers["link"] = f'<{goes_on}>; rel="next"'
    return Response(text, 200, headers, f"{MEDIA_TYPE}; charset=utf-8")
