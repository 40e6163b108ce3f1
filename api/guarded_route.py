"""Routes that check who asks before the body is read, and limit how long a request and its body may take.

FastAPI by itself reads and parses the body first, of any length, from anybody.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.csv_tables import is_csv_requested
from api.problems import Code, Responses, document_problems
from api.request_body import MAX_JSON_BYTES, parse_object, read_json_body

READ_SECONDS = 5.0
REPORT_SECONDS = 130.0
"""For reports and whole lists."""

BODY_PROBLEMS = (
    Code.NOT_JSON_TYPE,
    Code.BODY_TOO_LARGE,
    Code.BODY_TOO_SLOW,
    Code.NOT_JSON,
    Code.MISSING_FIELD,
    Code.UNKNOWN_FIELD,
    Code.UNREADABLE,
)


class Guard(ABC):
    """A dependency that is checked before the body is read; `problems` are those that it raises."""

    problems: tuple[Code, ...] = ()

    @abstractmethod
    async def check(self, request: Request) -> object:
        """Return what the handler receives. Raises Problem."""


class GuardedRoute(APIRoute):
    """A route that checks its guards, then reads a JSON body of at most `max_bytes`, and limits the time of a read."""

    max_bytes = MAX_JSON_BYTES
    read_seconds = READ_SECONDS

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        dependants = list(_walk(self.dependant))
        calls: list[object] = [dependant.call for dependant in dependants]
        self.guards = [call for call in calls if isinstance(call, Guard)]
        codes = [code for guard in self.guards for code in guard.problems]
        if self.body_field is not None:
            codes += BODY_PROBLEMS
        if any(dependant.query_params for dependant in dependants):
            codes.append(Code.BAD_REQUEST)
        self.responses = _merge(self.responses, document_problems(*codes))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return FastAPI's handler with the checks before it."""
        handle = super().get_route_handler()

        async def handle_guarded(request: Request) -> Response:
            for guard in self.guards:
                await guard.check(request)
            if self.body_field is not None:
                request = _JsonRequest(request, await read_json_body(request, self.max_bytes))
            seconds = None
            # A change has no limit here, which would leave open whether it was done: it may wait for a case, an agency
            # or the database, each with a limit of its own.
            if request.method == "GET":
                seconds = REPORT_SECONDS if is_csv_requested(request) else self.read_seconds
            async with asyncio.timeout(seconds):
                return await handle(request)

        return handle_guarded


class ReportRoute(GuardedRoute):
    """A route that may take as long as a report."""

    read_seconds = REPORT_SECONDS


class _JsonRequest(Request):
    """A request whose body was read, and is parsed as a JSON object."""

    def __init__(self, request: Request, body: bytes) -> None:
        super().__init__(request.scope, request.receive)
        self._body = body
        self._json = parse_object(body)


def _walk(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for below in dependant.dependencies:
        yield from _walk(below)


def _merge(own: Responses, added: Responses) -> Responses:
    merged = dict(own)
    for status, response in added.items():
        if status in merged:
            both = f"{merged[status]['description']}; {response['description']}"
            merged[status] = {**response, "description": both}
        else:
            merged[status] = response
    return merged
