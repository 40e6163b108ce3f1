"""The published document of the HMPPS External API, held between the client and the server."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
import yaml
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import ImmutableMultiDict

DOCUMENT = Path(__file__).parents[5] / "shared" / "specs" / "hmpps-external-api.2024-07.yml"
WHY_SKIPPED = "the published document is next to the checkout, in ../shared/specs, and is not here"
needs_document = pytest.mark.skipif(not DOCUMENT.exists(), reason=WHY_SKIPPED)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

BESIDE_THE_DOCUMENT = frozenset({303, 401, 403, 429, 502, 503, 504})
"""Statuses of the gateway before the API, and of merged records, which the document of 2024 does not name."""
NEWER = "/access-limitations"
"""A question about a person that came after the document."""


@dataclass
class RegisterRequest:
    """A request as the library reads it; `path` is encoded as it was sent."""

    path: str
    parameters: RequestParameters
    method: str = "get"
    host_url: str = "https://127.0.0.1"
    content_type: str = ""
    body: bytes | None = None


@dataclass(frozen=True)
class RegisterReply:
    """A response as the library reads it."""

    status_code: int
    data: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class ByTheDocument:
    """An application in front of `app` that lets through what the document describes, and nothing else.

    Anything else is answered with 500 and kept in `violations`. Stricter than the document's own words: a parameter or
    a property that it does not name is a violation too. `seen` is what went through: path and status.
    """

    app: App
    violations: list[str] = field(default_factory=list)
    seen: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        document = yaml.load(DOCUMENT.read_text(), yaml.CSafeLoader)
        self.api = OpenAPI.from_dict(document, config=Config(additional_properties_default_policy="forbid"))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        query = ImmutableMultiDict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        asked = RegisterRequest(scope["raw_path"].decode(), RequestParameters(query=query), scope["method"].lower())
        answered = self._check(asked) or self._check(asked, await self._pass_on(scope, receive))
        assert answered is not None
        self.seen.append((asked.path, answered.status_code))
        headers = [(name.encode(), value.encode()) for name, value in answered.headers.items()]
        await send({"type": "http.response.start", "status": answered.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": answered.data})

    async def _pass_on(self, scope: Message, receive: Receive) -> RegisterReply:
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self.app(scope, receive, keep)
        headers = {name.decode().lower(): value.decode() for name, value in kept[0]["headers"]}
        body = b"".join(message.get("body", b"") for message in kept[1:])
        return RegisterReply(kept[0]["status"], body, headers.get("content-type", ""), headers)

    def _check(self, asked: RegisterRequest, answered: RegisterReply | None = None) -> RegisterReply | None:
        """The answer in place of what breaks the document; else `answered` itself."""
        if asked.path.endswith(NEWER):
            return answered
        try:
            if answered is None:
                self._require_known_parameters(asked)
            elif answered.status_code not in BESIDE_THE_DOCUMENT:
                self.api.validate_response(asked, answered)
        except (OpenAPIError, ValueError) as error:
            self.violations.append(f"{asked.path} {error}")
            body = json.dumps({"violation": str(error)}).encode()
            return RegisterReply(500, body, "application/json", {"content-type": "application/json"})
        return answered

    def _require_known_parameters(self, asked: RegisterRequest) -> None:
        """Raises ValueError: the library itself reads past parameters that the document does not know."""
        known = self.api.unmarshal_request(asked).parameters.query
        if unknown := set(asked.parameters.query) - set(known):
            raise ValueError(f"parameters that are not in the document: {sorted(unknown)}")
