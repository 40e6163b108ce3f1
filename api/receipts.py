"""The door of GOV.UK Notify: what became of a message, and letters that came back. It shows a bearer token.

Notify waits five seconds for an answer; after a 5xx or none it posts again every five minutes, up to five times, after
any other answer never. So a store that is away is a 503, and what is about nothing of ours is taken all the same: a
service at Notify may also be used by hand, or by another system, and no repeat would mend it.
"""

import asyncio
import hmac
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from api.bodies import parsed, read_body
from api.ports import Parts
from api.problems import Code, Problem, documented
from ports.receipts import DeliveryReceipt, ReceiptStore

log = structlog.get_logger("api.receipts")

SETTING = "RJ_NOTIFY_CALLBACK_TOKEN"
SECONDS_TO_STORE = 4.0

_BEARER = HTTPBearer(scheme_name="notify", description=f"The token in {SETTING}.", auto_error=False)
_Short = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class NotifyReceipt(BaseModel):
    """What Notify posts: a delivery receipt (`id`, `status`), or a letter that came back (`notification_id`).

    Its other fields are not looked at, nor kept: one of them is the victim's address.
    """

    model_config = ConfigDict(extra="ignore")

    id: _Short = Field(default="", examples=["740e5834-3a29-46b4-9a6f-16142fde533a"])
    notification_id: _Short = Field(default="", examples=[""])
    reference: _Short | None = Field(default=None, examples=["RJ-7Q2K-9F3M.2.milestone"])
    status: _Short = Field(default="", examples=["delivered"])

    @model_validator(mode="after")
    def _is_about_something(self) -> "NotifyReceipt":
        if not self.id and not self.notification_id:
            raise ValueError("id, or notification_id of a returned letter, is expected")
        return self

    @property
    def receipt(self) -> DeliveryReceipt | None:
        """What it says; None: nothing that matters here, such as that a letter was printed."""
        if not self.id:
            return DeliveryReceipt.RETURNED
        return (
            DeliveryReceipt(self.status) if self.status in set(DeliveryReceipt) - {DeliveryReceipt.RETURNED} else None
        )


_PROBLEMS = (
    Code.NOT_FOUND,
    Code.NOT_AUTHENTICATED,
    Code.NOT_JSON_TYPE,
    Code.BODY_TOO_LARGE,
    Code.BODY_TOO_SLOW,
    Code.NOT_JSON,
    Code.UNREADABLE,
    Code.DATABASE_UNAVAILABLE,
)
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NotifyReceipt"}}},
}


def router(parts: Parts) -> APIRouter:
    """The address of Notify's door."""
    routes = APIRouter(prefix="/webhooks/notify", tags=["notices"])

    @routes.post(
        "/receipts",
        status_code=204,
        summary="Say what became of a message",
        responses=documented(*_PROBLEMS),
        openapi_extra={"requestBody": _BODY},
    )
    async def receive(
        request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> None:
        """Takes a delivery receipt or a returned letter, in any order and as often as it comes."""
        receipts = _admit(parts, shown)
        said = _read(await read_body(request))
        if said.receipt is None or not said.reference:
            log.info("receipt.passed_over", provider_id=said.id or said.notification_id)
        else:
            await _take(parts, receipts, said, said.receipt, said.reference)

    return routes


def _admit(parts: Parts, shown: HTTPAuthorizationCredentials | None) -> ReceiptStore:
    """Where receipts go, for who shows the token. Raises Problem."""
    if parts.receipts is None or not parts.receipts_token:
        raise Problem(Code.NOT_FOUND, f"{SETTING} is not set: no receipts are expected")
    # Compared in the same time wherever they differ, and as bytes: a header may hold what is not ASCII.
    token = shown.credentials if shown else ""
    if not hmac.compare_digest(token.encode(), parts.receipts_token.encode()):
        raise Problem(Code.NOT_AUTHENTICATED, f"Authorization: Bearer and the token in {SETTING} are expected")
    return parts.receipts


def _read(body: bytes) -> NotifyReceipt:
    try:
        return NotifyReceipt.model_validate(parsed(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the body"
        raise Problem(Code.UNREADABLE, f"{where}: {first['msg']}") from None


async def _take(
    parts: Parts, receipts: ReceiptStore, said: NotifyReceipt, receipt: DeliveryReceipt, reference: str
) -> None:
    provider_id = said.id or said.notification_id
    try:
        async with asyncio.timeout(SECONDS_TO_STORE):
            known = await receipts.take(reference, provider_id, receipt)
    except parts.away as error:
        log.warning("receipt.database_unavailable", error=type(error).__name__)
        raise Problem(Code.DATABASE_UNAVAILABLE) from None
    log.info("receipt.taken" if known else "receipt.unknown", provider_id=provider_id, said=receipt)
