"""The webhook endpoint of agencies: verify the signature, read the message, store it, answer 202."""

import asyncio
import re

import structlog
from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.dependencies import Dependencies
from api.error_mapping import find_problem
from api.models.webhooks import MessageReceivedResponse
from api.problems import Code, Problem, to_problem_response
from api.request_body import parse_object, read_json_body
from api.signatures import verify
from application.known_names import UnknownName, require_active_agency
from domain.vocabulary import AgencyKind
from ports.agencies import Agency
from ports.inbox import InboxMessage
from workflows.agency_messages import NAMES_AGENCY, read_message

log = structlog.get_logger("api.webhooks")

LOOKUP_SECONDS = 5.0
AGENCY_KINDS = frozenset(AgencyKind)
_PATH = re.compile(r"/webhooks/agencies/([^/]+)")


class WebhookFastPath:
    """Answers messages of agencies before they reach FastAPI, and passes on all other requests.

    The body is parsed by hand, since it must be verified as it came. FastAPI's own work on a request (parameters,
    dependencies, the response's model) would take longer than verifying and storing a message (benchmarks/README.md).
    """

    def __init__(self, app: ASGIApp, dependencies: Dependencies) -> None:
        self._app = app
        self._dependencies = dependencies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; see ASGI."""
        path = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if path is None:
            await self._app(scope, receive, send)
            return
        try:
            response = await self._accept(path[1], Request(scope, receive))
        except Exception as error:
            problem = find_problem(error, self._dependencies.database_errors)
            if problem is None:
                log.exception("api.failed", route="/webhooks/agencies/{agency}")
                problem = Problem(Code.INTERNAL)
            response = to_problem_response(problem)
        await response(scope, receive, send)

    async def _accept(self, agency: str, request: Request) -> Response:
        """Store a message that `agency` signed. Raises Problem or an error of the mapping, and then stored nothing."""
        sender = await find_sender(self._dependencies, agency)
        body = await read_json_body(request)
        message_id = verify(sender, request.headers, body)
        digest = self._dependencies.staff.token_key.make_digest(body)
        message = read_message(parse_object(body), sender, message_id, digest)
        for field in NAMES_AGENCY[message.record["event"]]:
            agency_named = message.record["data"].get(field)
            if agency_named and agency_named not in AGENCY_KINDS:
                await self._require_agency(agency_named, f"data.{field}", message)
        accepted = await self._dependencies.inbox.accept(message)
        if accepted.first:
            self._dependencies.on_stored()
        else:
            write = log.warning if accepted.id_reused else log.info
            name = "webhook.id_reused" if accepted.id_reused else "webhook.repeated"
            write(name, agency=sender.id, message=message_id, case=message.ref, recorded=message.record["event"])
        base = self._dependencies.public_url.rstrip("/")
        received = MessageReceivedResponse(
            id=message_id, status_url=f"{base}/webhooks/agencies/{sender.id}/messages/{message_id}"
        )
        return Response(received.model_dump_json(), 202, media_type="application/json")

    async def _require_agency(self, agency: str, field: str, message: InboxMessage) -> None:
        """Raise Problem where nobody could ask `agency`. A message that is known has its first answer."""
        kind, _, id = agency.partition(":")
        async with asyncio.timeout(LOOKUP_SECONDS):
            known = await self._dependencies.directory.get_by_id(id) if id else None
            if known is not None and known.kind == kind:
                return
            try:
                await require_active_agency(self._dependencies.staff.names, agency, field)
            except UnknownName as unknown:
                if await self._dependencies.inbox.get_status(message.source, message.message_id) is None:
                    raise Problem(Code.UNREADABLE, str(unknown), {"near": list(unknown.near)}) from None


async def find_sender(dependencies: Dependencies, agency: str) -> Agency:
    """Return the agency of this id. Raises Problem, and the errors of an unavailable database."""
    async with asyncio.timeout(LOOKUP_SECONDS):
        # PostgreSQL accepts no text with this character.
        found = None if "\0" in agency else await dependencies.directory.get_by_id(agency)
    if found is None:
        raise Problem(Code.UNKNOWN_AGENCY)
    return found
