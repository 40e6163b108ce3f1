"""Requests to agencies over HTTP, signed after Standard Webhooks, with the same key in each repeat."""

import asyncio
import json
import uuid
from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, date, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self, cast

import httpx
from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from adapters.channels.http_replies import HttpReply, read_reply, to_unreachable
from domain.agency_updates import CaseUpdate
from domain.effects import Ask, CancelAsk
from domain.vocabulary import WaitKind
from ports.agencies import Agency, Unreachable
from ports.agency_messages import (
    AskCancelledMessage,
    AskMessage,
    CaseUpdateMessage,
    OffenderDetails,
    OutgoingMessage,
    PingMessage,
    Question,
    ask_key,
)
from ports.vault import THE_SERVICE, Vault

TOTAL_TIMEOUT = 15.0
"""For finding the address, connecting, sending, and the head of the reply."""
CONNECT_TIMEOUT = 5.0
MAX_CONCURRENT_PER_AGENCY = 10
"""Further requests to the same agency wait, within their time, so that one that hangs does not block the others."""

NEEDS_OFFENDER = frozenset({WaitKind.TRACE, WaitKind.AGENCY_CHECK, WaitKind.APPROACH})
"""The questions for which an agency must know the offender; later it has the reference."""
OFFENDER_FIELDS = ("name", "date_of_birth", "year_of_birth", "pnc_number", "nomis_number", "crn")


class HttpChannel:
    """Implements `ports.agencies.Channel`; used as a context, it holds the connections for as long as that lasts.

    `transport` decides which addresses may be reached (see `adapters.channels.guarded_network`); replies begin with
    `public_url`. Time and what is read are bounded, and redirects are not followed.

    Permanent errors are: what the transport refuses, an invalid address (`bad_address`), an agency without a usable key
    (`no_key`), and the replies that are permanent in `adapters.channels.http_replies`.
    """

    def __init__(self, vault: Vault, transport: httpx.AsyncBaseTransport, public_url: str) -> None:
        self._vault = vault
        self._public_url = public_url.rstrip("/")
        self._limits: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(MAX_CONCURRENT_PER_AGENCY)
        )
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(TOTAL_TIMEOUT, connect=CONNECT_TIMEOUT),
            follow_redirects=False,
            trust_env=False,
            # One agency's cookies must not be sent to another.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def __aenter__(self) -> Self:
        """Return the channel."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """Send an ask or a reminder."""
        offender = None
        if ask.question in NEEDS_OFFENDER:
            details = await self._vault.get_offender(ask.ref, by=THE_SERVICE) or {}
            known = {name: details[name] for name in OFFENDER_FIELDS if details.get(name)}
            offender = OffenderDetails(**known) if known else None
        message = AskMessage(
            type="reminder" if ask.reminder else "ask",
            ask=ask_key(ask),
            case=ask.ref,
            question=cast(Question, ask.question.value),
            due_on=ask.due_on,
            answer_to=f"{self._public_url}/webhooks/agencies/{agency.id}",
            reminder=ask.reminder,
            offender=offender,
        )
        await self._send(agency, ask.key, message)

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        """See the port."""
        await self._send(agency, cancellation.key, AskCancelledMessage(cancellation.ask, cancellation.ref))

    async def update(self, agency: Agency, update: CaseUpdate) -> None:
        """Send codes and a day, and nobody's details."""
        message = CaseUpdateMessage(
            case=update.ref,
            version=update.version,
            changed=update.changed,
            day=update.day,
            form=update.form,
            outcome=update.outcome,
            result=update.result,
        )
        await self._send(agency, update.key, message)

    async def ping(self, agency: Agency) -> str:
        """Send a signed ping, and return the status of the reply and the beginning of its body."""
        reply = await self._post(agency, f"ping-{uuid.uuid4()}", PingMessage())
        if not reply.is_accepted:
            raise reply.to_error(reply.line)
        return reply.line

    async def _send(self, agency: Agency, key: str, message: OutgoingMessage) -> None:
        reply = await self._post(agency, key, message)
        if not reply.is_accepted:
            raise reply.to_error()

    async def _post(self, agency: Agency, key: str, message: OutgoingMessage) -> HttpReply:
        """Post `message` under `key`, signed with the real time. Raises Unreachable where no reply comes in time."""
        known = asdict(message, dict_factory=lambda items: {name: value for name, value in items if value is not None})
        content = json.dumps(known, ensure_ascii=False, separators=(",", ":"), default=date.isoformat)
        now = datetime.now(UTC)
        headers = {
            "accept-encoding": "identity",
            "content-type": "application/json",
            "idempotency-key": key,
            "webhook-id": key,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": _sign(agency, key, now, content),
        }
        try:
            request = self._client.build_request("POST", _url(agency), content=content.encode(), headers=headers)
            async with asyncio.timeout(TOTAL_TIMEOUT) as limit, self._limits[agency.id]:
                response = await self._client.send(request, stream=True)
                limit.reschedule(None)
                return await read_reply(response)
        except (httpx.TransportError, httpx.InvalidURL, TimeoutError) as error:
            raise to_unreachable(error) from None


def _url(agency: Agency) -> httpx.URL:
    """Return the agency's address. Raises httpx.InvalidURL, also for one with a user or password."""
    url = httpx.URL(agency.address)
    if not url.host or url.userinfo:
        raise httpx.InvalidURL("a host and no user before it")
    return url


def _sign(agency: Agency, key: str, now: datetime, content: str) -> str:
    """Sign with each of our keys, so that an agency can verify by the old one or the new one. Raises Unreachable."""
    try:
        signatures = [Webhook(secret).sign(key, now, content) for secret in agency.our_keys]
    except (ValueError, EmptyWebhookSecretError):
        signatures = []
    if not signatures:
        raise Unreachable("no_key", permanent=True)
    return " ".join(signatures)
