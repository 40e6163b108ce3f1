"""Agencies asked over HTTP: signed after Standard Webhooks, under one key however often an ask is sent."""

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

from adapters.channels.http_replies import HttpReply, read_reply, unreachable
from domain.effects import Ask, CancelAsk
from domain.vocabulary import CaseRef, WaitKind
from ports.agencies import Agency, Unreachable
from ports.agency_messages import (
    AskCancelledMessage,
    AskMessage,
    OffenderDetails,
    OutgoingMessage,
    PingMessage,
    Question,
    ask_key,
)
from ports.vault import THE_SERVICE, Vault

SECONDS_TO_ANSWER = 15.0
"""For the whole of it: finding the address, connecting, sending, and the head of the answer."""
SECONDS_TO_CONNECT = 5.0
MOST_AT_ONCE = 10
"""So many asks are under way to one agency; the next ones wait their turn, within their time. An agency that hangs so
keeps no other from being asked.
"""

NEEDS_OFFENDER = frozenset({WaitKind.TRACE, WaitKind.AGENCY_CHECK, WaitKind.APPROACH})
"""Only for these must the agency know whom it is asked about; later the reference says it."""
OFFENDER_FIELDS = ("name", "date_of_birth")


class HttpChannel:
    """Implements `activities.ports.Channel`; used as a context, it holds the connections for as long as that lasts.

    Bounded in time and in what is read, and never led elsewhere by a redirect. `transport` says which addresses may be
    reached (see `adapters.channels.guarded_network`); `public_url` is where agencies reach us.

    Unreachable for good are: what the transport refuses, an address that is none (`bad_address`), an agency without a
    usable key (`no_key`), and the answers that `is_permanent` of `adapters.channels.http_replies` names. Everything
    else may be otherwise the next time.
    """

    def __init__(self, vault: Vault, transport: httpx.AsyncBaseTransport, public_url: str) -> None:
        self._vault = vault
        self._public_url = public_url.rstrip("/")
        self._lines: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(MOST_AT_ONCE))
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(SECONDS_TO_ANSWER, connect=SECONDS_TO_CONNECT),
            follow_redirects=False,
            trust_env=False,
            # What one agency sets is no business of the next request's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def __aenter__(self) -> Self:
        """The channel itself."""
        return self

    async def __aexit__(self, *_raised: object) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """Send the ask, or the reminder of one; see the port."""
        body = AskMessage(
            type="reminder" if ask.reminder else "ask",
            ask=ask_key(ask),
            case=ask.ref,
            question=cast(Question, ask.question.value),
            due_on=ask.due_on,
            answer_to=f"{self._public_url}/webhooks/agencies/{agency.id}",
            reminder=ask.reminder,
            offender=await self._offender(ask.ref) if ask.question in NEEDS_OFFENDER else None,
        )
        await self._send(agency, ask.key, body)

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        """Say that an ask is over; see the port."""
        await self._send(agency, cancellation.key, AskCancelledMessage(cancellation.ask, cancellation.ref))

    async def ping(self, agency: Agency) -> str:
        """Send a signed ping: the status of the answer and the beginning of its body; see the port."""
        answer = await self._answered(agency, f"ping-{uuid.uuid4()}", PingMessage())
        if not answer.is_taken:
            raise answer.unreachable(answer.line)
        return answer.line

    async def _offender(self, ref: CaseRef) -> OffenderDetails | None:
        details = await self._vault.get_offender(ref, by=THE_SERVICE) or {}
        known = {name: details[name] for name in OFFENDER_FIELDS if details.get(name)}
        return OffenderDetails(**known) if known else None

    async def _send(self, agency: Agency, key: str, body: OutgoingMessage) -> None:
        answer = await self._answered(agency, key, body)
        if not answer.is_taken:
            raise answer.unreachable()

    async def _answered(self, agency: Agency, key: str, body: OutgoingMessage) -> HttpReply:
        """Send `body` under `key`. Raises Unreachable where no answer comes in time."""
        content = _json(body)
        headers = _headers(agency, key, content)
        try:
            request = self._client.build_request("POST", _url(agency), content=content.encode(), headers=headers)
            async with asyncio.timeout(SECONDS_TO_ANSWER) as limit, self._lines[agency.id]:
                response = await self._client.send(request, stream=True)
                limit.reschedule(None)
                return await read_reply(response)
        except (httpx.TransportError, httpx.InvalidURL, TimeoutError) as error:
            raise unreachable(error) from None


def _json(body: OutgoingMessage) -> str:
    """What is not known is left out."""
    known = asdict(body, dict_factory=lambda fields: {name: value for name, value in fields if value is not None})
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"), default=_day)


def _day(value: date) -> str:
    return value.isoformat()


def _url(agency: Agency) -> httpx.URL:
    """Where the agency is asked. Raises httpx.InvalidURL, also for an address that holds a password."""
    url = httpx.URL(agency.address)
    if not url.host or url.userinfo:
        raise httpx.InvalidURL("a host and nobody's name before it")
    return url


def _headers(agency: Agency, key: str, content: str) -> dict[str, str]:
    """The headers of one attempt: signed with the real time, as the receiver will compare it. Raises Unreachable."""
    now = datetime.now(UTC)
    return {
        "accept-encoding": "identity",
        "content-type": "application/json",
        "idempotency-key": key,
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": _signatures(agency, key, now, content),
    }


def _signatures(agency: Agency, key: str, now: datetime, content: str) -> str:
    """One signature with each of our keys, so that an agency verifies by the old one and by the new one alike."""
    try:
        signatures = [Webhook(secret).sign(key, now, content) for secret in agency.signed_with]
    except (ValueError, EmptyWebhookSecretError):
        signatures = []
    if not signatures:
        raise Unreachable("no_key", permanent=True)
    return " ".join(signatures)
