"""The issuer's own documents over HTTP: where its keys are (OpenID Connect Discovery), and the keys."""

import asyncio
import json
from typing import Any

import httpx

SECONDS_FOR_ALL = 8.0
"""For both documents; less than the least time between two tries."""
MOST_BYTES = 512 * 1024
DISCOVERY = "/.well-known/openid-configuration"


class IssuerError(Exception):
    """The issuer does not answer, or not with what is expected. The text says which, for the log."""


class Issuer:
    """Fetches the keys of `issuer`: from `jwks_url` where there is one, else from where its discovery says."""

    def __init__(self, http: httpx.AsyncClient, issuer: str, jwks_url: str = "") -> None:
        self._http = http
        self._issuer = issuer
        self._jwks_url = jwks_url

    async def keys(self) -> list[Any]:
        """The keys as they are published. Raises IssuerError."""
        try:
            async with asyncio.timeout(SECONDS_FOR_ALL):
                document = await self._json(self._jwks_url or await self._discovered())
        except TimeoutError:
            raise IssuerError(f"no answer within {SECONDS_FOR_ALL:g} s") from None
        keys = document.get("keys")
        if not isinstance(keys, list):
            raise IssuerError("the key set has no keys")
        return keys

    async def _discovered(self) -> str:
        """Where the keys are. Raises IssuerError, also for a document that speaks of another issuer."""
        document = await self._json(self._issuer.rstrip("/") + DISCOVERY)
        if document.get("issuer") != self._issuer:
            raise IssuerError(
                "the discovery document is another issuer's: RJ_OIDC_ISSUER must be as it says, to the letter"
            )
        url = document.get("jwks_uri")
        if not isinstance(url, str) or not self._is_as_safe(url):
            raise IssuerError("the discovery document has no jwks_uri that is as safe as the issuer's own address")
        return url

    def _is_as_safe(self, url: str) -> bool:
        """Whether `url` travels as the issuer's address does: plain HTTP is for an issuer on this machine only."""
        return url.startswith("https://") or (url.startswith("http://") and self._issuer.startswith("http://"))

    async def _json(self, url: str) -> dict[str, Any]:
        """The object at `url`, without going where it may be sent on to. Raises IssuerError."""
        try:
            async with self._http.stream("GET", url, headers={"accept": "application/json"}) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise IssuerError(f"status {answer.status_code}")
                value = json.loads(await _bounded(answer))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise IssuerError(type(error).__name__) from None
        if not isinstance(value, dict):
            raise IssuerError("not a JSON object")
        return value


async def _bounded(answer: httpx.Response) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > MOST_BYTES:
            raise IssuerError(f"more than {MOST_BYTES} bytes")
    return bytes(content)
