"""Agencies asked over HTTP: signed after Standard Webhooks, under one key however often an ask is sent."""

import asyncio
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

import httpx
from standardwebhooks import Webhook

from activities.ports import Agency, Unreachable
from activities.vault import THE_SERVICE, Vault
from domain.duties import Ask, CallBack
from domain.vocabulary import CaseRef, WaitKind

SECONDS_TO_ANSWER = 15.0
SECONDS_TO_CONNECT = 5.0
MOST_CONNECTIONS = 50
MOST_BYTES_READ = 4096
"""Nothing that an agency answers is used; so much of it is read that the connection can serve again."""

NEEDS_OFFENDER = frozenset({WaitKind.TRACE, WaitKind.AGENCY_CHECK, WaitKind.APPROACH})
"""Only for these must the agency know whom it is asked about; later the reference says it."""
OFFENDER_FIELDS = ("name", "date_of_birth")


class HttpChannel:
    """Implements `activities.ports.Channel`; used as a context, it holds the connections for as long as that lasts.

    Bounded in time and in connections, and never led elsewhere by a redirect.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(SECONDS_TO_ANSWER, connect=SECONDS_TO_CONNECT),
            limits=httpx.Limits(max_connections=MOST_CONNECTIONS),
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        """The channel itself."""
        return self

    async def __aexit__(self, *_raised: object) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ask(self, agency: Agency, ask: Ask) -> None:
        """Send the ask, or the reminder of one; see the port."""
        body: dict[str, Any] = {
            "type": "reminder" if ask.reminder else "ask",
            "ask": ask.key.removesuffix(f".reminder-{ask.reminder}"),
            "case": ask.ref,
            "question": ask.question,
            "due_on": ask.due_on.isoformat(),
            "reminder": ask.reminder,
        }
        if ask.question in NEEDS_OFFENDER:
            body.update(await self._offender(ask.ref))
        await self._send(agency, ask.key, body)

    async def call_back(self, agency: Agency, call_back: CallBack) -> None:
        """Say that an ask is over; see the port."""
        body = {"type": "ask_called_back", "ask": call_back.ask, "case": call_back.ref}
        await self._send(agency, call_back.key, body)

    async def ping(self, agency: Agency) -> str:
        """Send a signed ping; see the port."""
        await self._send(agency, f"ping-{uuid.uuid4()}", {"type": "ping"})
        return "taken"

    async def _offender(self, ref: CaseRef) -> dict[str, dict[str, Any]]:
        details = await self._vault.offender(ref, by=THE_SERVICE) or {}
        known = {name: details[name] for name in OFFENDER_FIELDS if details.get(name)}
        return {"offender": known} if known else {}

    async def _send(self, agency: Agency, key: str, body: Mapping[str, Any]) -> None:
        """Send `body` under `key`. Raises Unreachable for whatever is not a 2xx in time."""
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        try:
            async with asyncio.timeout(SECONDS_TO_ANSWER):
                status = await self._post(agency.address, content, _headers(agency, key, content))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise Unreachable(_code(error)) from None
        if not 200 <= status < 300:
            raise Unreachable(f"status {status}")

    async def _post(self, url: str, content: str, headers: Mapping[str, str]) -> int:
        async with self._client.stream("POST", url, content=content.encode(), headers=headers) as response:
            read = 0
            async for part in response.aiter_raw():
                read += len(part)
                if read > MOST_BYTES_READ:
                    break
            return response.status_code


def _headers(agency: Agency, key: str, content: str) -> dict[str, str]:
    """The headers of one attempt: signed with the real time, as the receiver will compare it."""
    now = datetime.now(UTC)
    return {
        "content-type": "application/json",
        "idempotency-key": key,
        "webhook-id": key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(key, now, content) for secret in agency.signed_with),
    }


def _code(error: Exception) -> str:
    """How an attempt failed, as a code: the library's own text may hold an address."""
    match error:
        case httpx.TimeoutException() | TimeoutError():
            return "timeout"
        case httpx.ConnectError():
            return "refused"
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return "bad_address"
        case _:
            return "broken_off"
