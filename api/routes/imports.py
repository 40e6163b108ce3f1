"""Import requests from a file: each row is stored once, however often the file is sent."""

import io
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from api.authentication import Recorder
from api.dependencies import Needs, Services
from api.error_mapping import find_problem
from api.guarded_route import GuardedRoute
from api.models.requests import FieldErrorResponse, ImportedRowResponse, ImportSummaryResponse
from api.problems import Code, Problem, document_problems
from api.request_body import read_file_body
from application.known_names import make_name_check
from domain.events import Actor
from ports.requests import FileFormat, ImportedRow

CSV, JSON_LINES = "text/csv", "application/x-ndjson"
_FILE = {"schema": {"type": "string", "examples": ["source_id,request.area\n"]}}

router = APIRouter(prefix="/api/v1", tags=["cases"], route_class=GuardedRoute)


@router.post(
    "/imports",
    summary="Import requests",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A line of JSON for each row (ImportedRowResponse), and a last one (ImportSummaryResponse).",
            "content": {JSON_LINES: {"schema": {"type": "string"}}},
        },
        **document_problems(Code.BAD_REQUEST, Code.BODY_TOO_LARGE, Code.BODY_TOO_SLOW),
    },
    openapi_extra={"requestBody": {"required": True, "content": {CSV: _FILE, JSON_LINES: _FILE}}},
)
async def import_requests(
    request: Request,
    person: Recorder,
    needs: Needs,
    services: Services,
    source: Annotated[
        str,
        Query(
            pattern=r"^[A-Za-z0-9._-]{1,60}$",
            description="The system that the file comes from: a `source_id` is unique within it.",
            examples=["police-records"],
        ),
    ],
) -> StreamingResponse:
    """A row that was imported before changes nothing, so a file can be sent again. Invalid rows stop no others.

    The body is the file, as CSV or JSON Lines; the guide to importing requests describes both.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (CSV, JSON_LINES):
        raise Problem(Code.BAD_REQUEST, f"content-type: {CSV} or {JSON_LINES} is expected")
    file = io.BytesIO(await read_file_body(request))
    assert person.records_as is not None, "a Recorder records"
    by = Actor(person.records_as, person.id)
    check = await make_name_check(services.names, person)
    rows = services.import_file(file, media_type == CSV, f"import:{source}", by, check)
    return StreamingResponse(_lines(rows, needs.database_errors), media_type=JSON_LINES)


async def _lines(
    rows: AsyncIterator[FileFormat | ImportedRow], database_errors: tuple[type[Exception], ...]
) -> AsyncIterator[str]:
    summary = ImportSummaryResponse(
        stored=0, known=0, bad=0, different=0, refused=0, encoding="", separator="", problem=None
    )
    try:
        async for row in rows:
            if isinstance(row, FileFormat):
                summary.encoding, summary.separator = row.encoding, row.separator
                continue
            summary.different += bool(row.differs)
            summary.refused += bool(row.refused)
            summary.stored += row.first
            summary.known += row.ref is not None and not row.first
            summary.bad += row.ref is None
            errors = [FieldErrorResponse(field=field, problem=problem) for field, problem in row.errors]
            response = ImportedRowResponse(
                line=row.line,
                source_id=row.source_id,
                ref=row.ref,
                first=row.first,
                errors=errors,
                differs=list(row.differs),
                refused=row.refused,
            )
            yield f"{response.model_dump_json()}\n"
    except Exception as error:
        # The status was sent: only the last line can say that the import was interrupted.
        problem = find_problem(error, database_errors)
        if problem is None:
            raise
        summary.problem = problem.code
    yield f"{summary.model_dump_json()}\n"
