"""What staff ask for with POST counts once: the same `Idempotency-Key` again gets the same answer."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import structlog
from fastapi import Header, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api.problems import MEDIA_TYPE, Code, Problem, problem_response
from domain.people import Person
from ports.idempotency import IdempotencyStore, KeyReused, StoredResponse, record_id

log = structlog.get_logger("api.idempotency")

REPLAYED = "Idempotency-Replayed"
SECONDS_ALONE, SECONDS_BETWEEN_LOOKS = 60.0, 0.1
"""For how long somebody has what they do alone: longer than it takes, such as a try of an agency that gets mail, and as
long as others wait for who died at it."""
KEPT_HEADERS = ("etag", "location")
_KEY = re.compile(r"[!-~]{1,200}")

IdempotencyKey = Annotated[
    str,
    Header(
        alias="idempotency-key",
        description="Yours, of up to 200 visible signs: the same again is the same request, and counts once.",
        examples=["5f0c1c7e-extend-monday"],
    ),
]
KEY_PROBLEMS = (Code.KEY_MISSING, Code.KEY_REUSED)
"""What can be answered wherever a key is expected."""


class Unfinished(JSONResponse):
    """An answer that is not kept: some of what was asked for could not be done now, and is done by the same again."""


async def execute_idempotently(
    kept: IdempotencyStore,
    person: Person,
    key: str,
    request: Request,
    body: bytes,
    do: Callable[[str], Awaitable[Response]],
    instead: Problem | None = None,
    *,
    alone: bool = False,
) -> Response:
    """The answer that was given under `key`, or that of `do`, which gets the id for what it records.

    Problems of the caller are kept like any answer; what is away, or broke off, may be asked for again, and so may what
    is Unfinished. Where an answer must not be kept, such as one with a secret, `instead` is what the same again is
    answered. What would count twice beneath is done `alone`: the same again waits for the first. Raises Problem.
    """
    known = await _known(kept, person.account, key, _fingerprint(request, body), alone)
    if known is not None:
        return _again(known)
    answer = await _answer(do, record_id(person.account, key))
    if answer.status_code < 500 and not isinstance(answer, Unfinished):
        told = answer if instead is None or answer.status_code >= 400 else problem_response(instead)
        await kept.save(person.account, key, _as_kept(told))
    elif alone:
        await kept.release(person.account, key)
    return answer


async def _known(
    kept: IdempotencyStore, account: str, key: str, fingerprint: bytes, alone: bool
) -> StoredResponse | None:
    """What was answered under `key`; None: it is to be done now. Raises Problem."""
    while True:
        try:
            known = await kept.start(account, key, fingerprint)
        except KeyReused:
            raise Problem(Code.KEY_REUSED, "idempotency-key: choose another one for another request") from None
        if known is not None or not alone or await kept.claim(account, key, SECONDS_ALONE):
            return known
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


def required(key: str) -> str:
    """The key of a request. Raises Problem."""
    if not _KEY.fullmatch(key):
        raise Problem(Code.KEY_MISSING, "idempotency-key: up to 200 visible signs, new for each thing that you do")
    return key


def answer_of(
    model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None, *, is_finished: bool = True
) -> Response:
    """`model` as an answer."""
    kind = JSONResponse if is_finished else Unfinished
    return kind(model.model_dump(mode="json"), status, dict(headers or {}))


def _fingerprint(request: Request, body: bytes) -> bytes:
    meant = request.headers.get("if-match", "")
    named = f"{request.method} {request.url.path}?{request.url.query} {meant}\n"
    return hashlib.sha256(named.encode() + body).digest()


async def _answer(do: Callable[[str], Awaitable[Response]], id: str) -> Response:
    try:
        return await do(id)
    except Problem as problem:
        return problem_response(problem)


def _as_kept(answer: Response) -> StoredResponse:
    headers = {name: answer.headers[name] for name in KEPT_HEADERS if name in answer.headers}
    return StoredResponse(answer.status_code, bytes(answer.body).decode(), headers)


def _again(known: StoredResponse) -> Response:
    media_type = "application/json" if known.status < 400 else MEDIA_TYPE
    return Response(known.body, known.status, {**known.headers, REPLAYED: "true"}, media_type)
