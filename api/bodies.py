"""Bodies of requests: read no further than allowed, and only then parsed."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic_core import from_json
from starlette.requests import ClientDisconnect

from api.problems import Code, Problem

MOST_BYTES = 64 * 1024
MOST_BYTES_OF_FORM = 256 * 1024
"""A form writes a sign in up to twelve bytes: so twice as much as the longest note can be told apart from an attack."""
MOST_FIELDS = 100
MOST_SECONDS = 10.0


async def read_body(request: Request) -> bytes:
    """The body, of `application/json` and at most 64 KiB, within ten seconds. Raises Problem."""
    if _media_type(request) != "application/json":
        raise Problem(Code.NOT_JSON_TYPE, "content-type: application/json is expected")
    return await _read(request, MOST_BYTES)


async def read_form_body(request: Request) -> dict[str, tuple[str, ...]]:
    """The fields of a form that a browser posts, each with its values, within ten seconds. Raises Problem."""
    if _media_type(request) != "application/x-www-form-urlencoded":
        raise Problem(Code.BAD_REQUEST, "content-type: application/x-www-form-urlencoded is expected")
    body = await _read(request, MOST_BYTES_OF_FORM)
    fields: dict[str, tuple[str, ...]] = {}
    try:
        for name, value in parse_qsl(body.decode("latin-1"), True, errors="replace", max_num_fields=MOST_FIELDS):
            fields[name] = (*fields.get(name, ()), value)
    except ValueError:
        raise Problem(Code.BAD_REQUEST, f"at most {MOST_FIELDS} fields") from None
    return fields


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _read(request: Request, most_bytes: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes:
        raise _too_large(most_bytes)
    try:
        async with asyncio.timeout(MOST_SECONDS):
            return await _limited(request, most_bytes)
    except ClientDisconnect:
        # Nobody is left to read it; it keeps a sender who hangs up from looking like a fault of ours.
        raise Problem(Code.BAD_REQUEST, "the connection broke off") from None
    except TimeoutError:
        raise Problem(Code.BODY_TOO_SLOW, f"not all of the body came within {MOST_SECONDS:.0f} seconds") from None


async def _limited(request: Request, most_bytes: int) -> bytes:
    body, more = b"", True
    while more:
        part = await request.receive()
        if part["type"] == "http.disconnect":
            raise ClientDisconnect
        body += part.get("body", b"")
        more = part.get("more_body", False)
        if len(body) > most_bytes:
            raise _too_large(most_bytes)
    return body


def _too_large(most_bytes: int) -> Problem:
    return Problem(Code.BODY_TOO_LARGE, f"at most {most_bytes} bytes")


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises Problem: also for what no database could keep as JSON."""
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise Problem(Code.NOT_JSON, "the body is not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise Problem(Code.NOT_JSON, "the body is not a JSON object")
    # JSON can write the character only so, which hardly any text does.
    if b"\\u0000" in body and _has_nul(value):
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
