"""Bodies of requests: read no further than allowed, and only then parsed."""

import asyncio
from typing import Any

from fastapi import Request
from pydantic_core import from_json
from starlette.requests import ClientDisconnect

from api.problems import Code, Problem

MOST_BYTES = 64 * 1024
MOST_SECONDS = 10.0


async def read_body(request: Request) -> bytes:
    """The body, of `application/json` and at most 64 KiB, within ten seconds. Raises Problem."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem(Code.NOT_JSON_TYPE, "content-type: application/json is expected")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > MOST_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(MOST_SECONDS):
            return await _limited(request)
    except ClientDisconnect:
        # Nobody is left to read it; it keeps a sender who hangs up from looking like a fault of ours.
        raise Problem(Code.BAD_REQUEST, "the connection broke off") from None
    except TimeoutError:
        raise Problem(Code.BODY_TOO_SLOW, f"not all of the body came within {MOST_SECONDS:.0f} seconds") from None


async def _limited(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> Problem:
    return Problem(Code.BODY_TOO_LARGE, f"at most {MOST_BYTES} bytes")


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises Problem: also for what no database could keep as JSON."""
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise Problem(Code.NOT_JSON, "the body is not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise Problem(Code.NOT_JSON, "the body is not a JSON object")
    if _has_nul(value):
        raise Problem(Code.UNREADABLE, "a text holds the character U+0000")
    return value


def _has_nul(value: object) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_has_nul(key) or _has_nul(each) for key, each in value.items())
        case list():
            return any(_has_nul(each) for each in value)
        case _:
            return False
