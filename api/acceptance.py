"""Takes a message at the agencies' door: who sent it, is it signed, what does it say; stored, then answered 202."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable
from typing import TypeVar

import structlog
from fastapi import Request, Response
from pydantic_core import to_json
from starlette.types import ASGIApp, Receive, Scope, Send

from api.bodies import parsed, read_body
from api.events import read_agency_event
from api.ports import Parts
from api.problems import Code, Problem, problem_response
from api.signatures import verified_id
from domain.vocabulary import CaseRef
from ports.agencies import Agency
from ports.inbox import InboxMessage
from workflows.agency_events import source_of, stored_body

log = structlog.get_logger("api.webhooks")
T = TypeVar("T")

SECONDS_TO_STORE = 5.0

_ADDRESS = re.compile(r"/webhooks/agencies/([a-z0-9][a-z0-9-]{0,99})")


class WebhookFastPath:
    """Brings a message to `accept` before the framework looks at it.

    What the framework does for any request, so that it may have parameters, dependencies and a model to be answered by,
    takes longer than checking and storing a message does (measured: see benchmarks/README.md). All other requests go on
    to it, and so does one whose address is unusual.
    """

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app = app
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take the request; see ASGI."""
        address = _ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if address is None:
            await self._app(scope, receive, send)
        else:
            response = await self._answer(address[1], Request(scope, receive))
            await response(scope, receive, send)

    async def _answer(self, agency: str, request: Request) -> Response:
        try:
            received = await accept(self._parts, agency, request)
        except Problem as problem:
            return problem_response(problem)
        except Exception:
            # The last stop, as the framework's own is for other requests.
            log.exception("api.failed", route="/webhooks/agencies/{agency}")
            return problem_response(Problem(Code.INTERNAL))
        return Response(to_json(received), 202, media_type="application/json")


async def accept(parts: Parts, agency: str, request: Request) -> dict[str, str]:
    """Store a message that `agency` signed; the fields of `Received`. Raises Problem, and then nothing is stored."""
    sender = await known_agency(parts, agency)
    body = await read_body(request)
    message_id = verified_id(sender, request.headers, body)
    await _store(parts, sender, message_id, body)
    address = f"{parts.public_url.rstrip('/')}/webhooks/agencies/{sender.id}/messages/{message_id}"
    return {"id": message_id, "status_url": address}


async def known_agency(parts: Parts, name: str) -> Agency:
    """The agency of this name. Raises Problem."""
    try:
        # A name that no database takes as text is nobody's.
        agency = None if "\0" in name else await parts.directory.get_by_id(name)
    except parts.away as error:
        raise _away(error) from None
    if agency is None:
        raise Problem(Code.UNKNOWN_AGENCY)
    return agency


async def _store(parts: Parts, sender: Agency, message_id: str, body: bytes) -> None:
    message, event = read_agency_event(parsed(body))
    case, digest = CaseRef(message.case), hashlib.sha256(body).digest()
    stored = stored_body(event, sender)
    try:
        accepted = await parts.inbox.accept(
            InboxMessage(source_of(sender), message_id, case, stored, digest, message.note)
        )
    except parts.away as error:
        raise _away(error) from None
    facts = {"agency": sender.id, "message": message_id, "case": case, "recorded": event.name}
    if accepted.first:
        # All that there is to say of it is in the inbox.
        parts.stored()
    elif accepted.id_reused:
        log.warning("webhook.repeated_otherwise", **facts)
    else:
        log.info("webhook.repeated", **facts)


async def or_away(parts: Parts, answer: Awaitable[T]) -> T:
    """What the store answers. Raises Problem where it does not, or not in time: then nothing is promised."""
    try:
        async with asyncio.timeout(SECONDS_TO_STORE):
            return await answer
    except parts.away as error:
        raise _away(error) from None


def _away(error: Exception) -> Problem:
    log.warning("webhook.database_unavailable", error=type(error).__name__)
    return Problem(Code.DATABASE_UNAVAILABLE)
