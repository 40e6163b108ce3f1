"""The issuer's own documents over HTTP: where its keys are (OpenID Connect Discovery), and the keys."""

import asyncio
import json
from typing import Any

import httpx

FETCH_TIMEOUT = 8.0
"""For both documents; less than the least interval between two fetches."""
MAX_BYTES = 512 * 1024
DISCOVERY = "/.well-known/openid-configuration"


class IssuerError(Exception):
    """The issuer does not answer, or not as expected. The text says why, for the log."""


class Issuer:
    """Fetches the keys of `issuer`: from `jwks_url` where there is one, else from where its discovery says."""

    def __init__(self, http: httpx.AsyncClient, issuer: str, jwks_url: str = "") -> None:
        self._http = http
        self._issuer = issuer
        self._jwks_url = jwks_url

    async def fetch_keys(self) -> list[Any]:
        """Return the keys as they are published. Raises IssuerError."""
        try:
            async with asyncio.timeout(FETCH_TIMEOUT):
                document = await self._get_json(self._jwks_url or await self._discover_keys_url())
        except TimeoutError:
            raise IssuerError(f"no answer within {FETCH_TIMEOUT:g} s") from None
        keys = document.get("keys")
        if not isinstance(keys, list):
            raise IssuerError("the key set has no keys")
        return keys

    async def _discover_keys_url(self) -> str:
        """Return where the keys are. Raises IssuerError, also where the document is another issuer's."""
        document = await self._get_json(self._issuer.rstrip("/") + DISCOVERY)
        if document.get("issuer") != self._issuer:
            raise IssuerError(
                "the discovery document is another issuer's: RJ_OIDC_ISSUER must be as it says, to the letter"
            )
        url = document.get("jwks_uri")
        if not isinstance(url, str) or not self._is_as_safe(url):
            raise IssuerError("the discovery document has no jwks_uri that is as safe as the issuer's own address")
        return url

    def _is_as_safe(self, url: str) -> bool:
        """Whether `url` is protected like the issuer's address: plain HTTP is for an issuer on this machine only."""
        return url.startswith("https://") or (url.startswith("http://") and self._issuer.startswith("http://"))

    async def _get_json(self, url: str) -> dict[str, Any]:
        """Return the object at `url`, without following redirects. Raises IssuerError."""
        try:
            async with self._http.stream("GET", url, headers={"accept": "application/json"}) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise IssuerError(f"status {answer.status_code}")
                content = bytearray()
                async for piece in answer.aiter_bytes():
                    content += piece
                    if len(content) > MAX_BYTES:
                        raise IssuerError(f"more than {MAX_BYTES} bytes")
                value = json.loads(bytes(content))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise IssuerError(type(error).__name__) from None
        if not isinstance(value, dict):
            raise IssuerError("not a JSON object")
        return value
