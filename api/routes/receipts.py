"""The webhook endpoint of GOV.UK Notify: what became of a message, and letters that were returned.

Notify waits five seconds for an answer. After a 5xx or none it posts again every five minutes, up to five times; after
any other answer never. So an unavailable database is a 503, and a receipt of a message that is not ours is accepted: a
service at Notify may also be used by hand, or by another system.
"""

import asyncio
import hmac
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.dependencies import Needs, get_dependencies
from api.guarded_route import Guard, GuardedRoute
from api.models.webhooks import NotifyReceipt, NotifyText
from api.problems import Code, Problem, document_problems
from application.victim_acts import take_reply
from domain.refusals import RecordRefused
from ports.cases import WorkflowNotFound

log = structlog.get_logger("api.receipts")

SETTING = "RJ_NOTIFY_CALLBACK_TOKEN"
STORE_SECONDS = 4.0
_BEARER = HTTPBearer(scheme_name="notify", description=f"The token in {SETTING}.", auto_error=False)


class NotifyToken(Guard):
    """Lets only a request with Notify's token go on."""

    problems = (Code.NOT_FOUND, Code.NOT_AUTHENTICATED)

    async def __call__(
        self, request: Request, _token: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> None:
        """Check the token, as FastAPI resolves the dependency. Raises Problem."""
        await self.check(request)

    async def check(self, request: Request) -> None:
        """Raise Problem for any other token."""
        expected = get_dependencies(request).receipts_token
        if not expected:
            raise Problem(Code.NOT_FOUND, f"{SETTING} is not set: no receipts are accepted")
        shown = await _BEARER(request)
        # Compared in constant time, and as bytes, since a header may contain more than ASCII.
        if not hmac.compare_digest((shown.credentials if shown else "").encode(), expected.encode()):
            raise Problem(Code.NOT_AUTHENTICATED, f"Authorization: Bearer and the token in {SETTING} are expected")


router = APIRouter(prefix="/webhooks/notify", tags=["notifications"], route_class=GuardedRoute)


@router.post(
    "/texts",
    status_code=204,
    summary="Send a text message that came in",
    dependencies=[Depends(NotifyToken())],
    responses=document_problems(Code.DATABASE_UNAVAILABLE, Code.TEMPORAL_UNAVAILABLE),
)
async def accept_text(text: NotifyText, needs: Needs) -> None:
    """Stores a victim's reply in each of their cases that still runs, where a caseworker has to read it."""
    refs = await needs.staff.find_refs_by_phone(text.source_number)
    taken, id = 0, f"text-{needs.staff.token_key.make_message_token('notify', text.id)}"
    for ref in refs:
        try:
            await take_reply(needs.staff.context, ref, text.message, id)
            taken += 1
        except (RecordRefused, WorkflowNotFound):
            # A case that has completed takes nothing any more; another of the same person may.
            continue
    log.info("text.received", provider_id=text.id, cases=taken)


@router.post(
    "/receipts",
    status_code=204,
    summary="Send a delivery receipt",
    dependencies=[Depends(NotifyToken())],
    responses=document_problems(Code.DATABASE_UNAVAILABLE),
)
async def accept_receipt(receipt: NotifyReceipt, needs: Needs) -> None:
    """Accepts a delivery receipt or a returned letter, in any order and as often as it comes."""
    provider_id = receipt.id or receipt.notification_id
    outcome = receipt.receipt
    if outcome is None or not receipt.reference:
        log.info("receipt.ignored", provider_id=provider_id)
        return
    async with asyncio.timeout(STORE_SECONDS):
        is_known = await needs.receipts.record(receipt.reference, provider_id, outcome)
    log.info("receipt.stored" if is_known else "receipt.unknown", provider_id=provider_id, receipt=outcome)
