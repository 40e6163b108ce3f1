"""What staff send with POST counts once: the same `Idempotency-Key` again gets the first response."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.dependencies import get_dependencies
from api.error_mapping import find_problem
from api.guarded_route import Guard
from api.problems import MEDIA_TYPE, Code, Problem, to_problem_response
from domain.people import Person
from ports.idempotency import IdempotencyStore, KeyReused, StoredResponse
from ports.token_key import TokenKey

REPLAYED = "Idempotency-Replayed"
CLAIM_SECONDS, POLL_SECONDS = 60.0, 0.1
"""How long a request is claimed: longer than it takes, such as a test of an agency by email. When a process dies, the
same request again waits for so long."""
STORED_HEADERS = ("etag", "location")
_KEY = re.compile(r"[!-~]{1,200}")


class UnfinishedResponse(JSONResponse):
    """A response that is not stored: some of the request could not be done now, and the same request does the rest."""


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request of `person` under `key`."""

    request: Request
    person: Person
    key: str

    async def execute(
        self,
        do: Callable[[str], Awaitable[Response]],
        *,
        stored: Problem | None = None,
        exclusive: bool = False,
        seconds: float | None = None,
    ) -> Response:
        """Return the stored response, or that of `do`, which receives the id for what it records.

        Problems of the caller are stored like any response. What is unavailable or fails is not, nor is an
        UnfinishedResponse: the same request may be sent again. `stored` replaces a response that must not be stored,
        such as one with a secret. An `exclusive` request would count twice if it were done twice at the same time, so
        the second one waits for the first. Raises Problem, and TimeoutError after `seconds`.
        """
        dependencies = get_dependencies(self.request)
        store, key = dependencies.staff.idempotency, dependencies.staff.token_key
        known = await self._start(store, exclusive, key)
        if known is not None:
            media_type = "application/json" if known.status < 400 else MEDIA_TYPE
            return Response(known.body, known.status, {**known.headers, REPLAYED: "true"}, media_type)
        try:
            async with asyncio.timeout(seconds):
                response = await do(f"http:{key.make_record_token(self.person.account, self.key)}")
        except Exception as error:
            problem = find_problem(error, dependencies.database_errors)
            if problem is None:
                raise
            response = to_problem_response(problem)
        if response.status_code < 500 and not isinstance(response, UnfinishedResponse):
            to_store = response if stored is None or response.status_code >= 400 else to_problem_response(stored)
            headers = {name: to_store.headers[name] for name in STORED_HEADERS if name in to_store.headers}
            body = bytes(to_store.body).decode()
            await store.save(self.person.account, self.key, StoredResponse(to_store.status_code, body, headers))
        elif exclusive:
            await store.release(self.person.account, self.key)
        return response

    async def _start(self, store: IdempotencyStore, exclusive: bool, key: TokenKey) -> StoredResponse | None:
        """The stored response; None: the request is to be done now."""
        url, if_match = self.request.url, self.request.headers.get("if-match", "")
        # The route read the body, where it takes one.
        named = f"{self.request.method} {url.path}?{url.query} {if_match}\n"
        fingerprint = key.make_digest(named.encode() + getattr(self.request, "_body", b""))
        while True:
            try:
                known = await store.start(self.person.account, self.key, fingerprint)
            except KeyReused:
                raise Problem(Code.KEY_REUSED, "idempotency-key: choose another one for another request") from None
            if known is not None or not exclusive or await store.claim(self.person.account, self.key, CLAIM_SECONDS):
                return known
            await asyncio.sleep(POLL_SECONDS)


class RequireKey(Guard):
    """Gives the request with its key, after its person was checked."""

    problems = (Code.KEY_MISSING, Code.KEY_REUSED)

    async def __call__(
        self,
        request: Request,
        _key: Annotated[
            str,
            Header(
                alias="idempotency-key",
                description="Your own, of up to 200 printable ASCII characters: the same key again is the same "
                "request, and counts once.",
                examples=["5f0c1c7e-extend-monday"],
            ),
        ] = "",
    ) -> IdempotentRequest:
        """Return the request, as FastAPI resolves the parameter. Raises Problem."""
        return await self.check(request)

    async def check(self, request: Request) -> IdempotentRequest:
        """Return the request. Raises Problem."""
        key = request.headers.get("idempotency-key", "")
        if not _KEY.fullmatch(key):
            detail = "idempotency-key: up to 200 printable ASCII characters, a new key for each thing that you do"
            raise Problem(Code.KEY_MISSING, detail)
        return IdempotentRequest(request, request.state.person, key)


Idempotent = Annotated[IdempotentRequest, Depends(RequireKey())]


def to_json_response(
    model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None, *, is_finished: bool = True
) -> Response:
    """Return `model` as a response."""
    kind = JSONResponse if is_finished else UnfinishedResponse
    return kind(model.model_dump(mode="json"), status, dict(headers or {}))
