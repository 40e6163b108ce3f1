"""Bodies of requests: read no further than allowed, and only then parsed."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic_core import from_json

from api.problems import Code, Problem

MAX_JSON_BYTES = 64 * 1024
MAX_FORM_BYTES = 256 * 1024
"""A form encodes a character in up to twelve bytes: enough for the longest note, so that a longer one is reported."""
MAX_FIELDS = 100
BODY_SECONDS = 10.0
MAX_FILE_BYTES, FILE_SECONDS = 32 * 1024 * 1024, 120.0


async def read_json_body(request: Request, max_bytes: int = MAX_JSON_BYTES) -> bytes:
    """Return a body of `application/json` and at most `max_bytes`, received within ten seconds. Raises Problem."""
    if _media_type(request) != "application/json":
        raise Problem(Code.NOT_JSON_TYPE, "content-type: application/json is expected")
    return await _read(request, max_bytes)


async def read_file_body(request: Request) -> bytes:
    """Return an uploaded file of at most 32 MiB, received within two minutes. Raises Problem."""
    return await _read(request, MAX_FILE_BYTES, FILE_SECONDS)


async def read_form_body(request: Request) -> dict[str, tuple[str, ...]]:
    """Return the fields of a browser's form, each with its values, received within ten seconds. Raises Problem."""
    if _media_type(request) != "application/x-www-form-urlencoded":
        raise Problem(Code.BAD_REQUEST, "content-type: application/x-www-form-urlencoded is expected")
    body = await _read(request, MAX_FORM_BYTES)
    fields: dict[str, tuple[str, ...]] = {}
    try:
        for name, value in parse_qsl(body.decode("latin-1"), True, errors="replace", max_num_fields=MAX_FIELDS):
            fields[name] = (*fields.get(name, ()), value)
    except ValueError:
        raise Problem(Code.BAD_REQUEST, f"at most {MAX_FIELDS} fields") from None
    return fields


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _read(request: Request, max_bytes: int, seconds: float | None = None) -> bytes:
    seconds = seconds or BODY_SECONDS
    too_large = Problem(Code.BODY_TOO_LARGE, f"at most {max_bytes} bytes")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise too_large
    body, more = b"", True
    try:
        async with asyncio.timeout(seconds):
            while more:
                part = await request.receive()
                if part["type"] == "http.disconnect":
                    # Nobody reads this response, but without it a sender who hangs up would look like our error.
                    raise Problem(Code.BAD_REQUEST, "the connection was closed")
                body += part.get("body", b"")
                more = part.get("more_body", False)
                if len(body) > max_bytes:
                    raise too_large
    except TimeoutError:
        raise Problem(Code.BODY_TOO_SLOW, f"the body was not received within {seconds:.0f} seconds") from None
    return body


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in `body`. Raises Problem, also for characters that PostgreSQL cannot store."""
    try:
        value = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise Problem(Code.NOT_JSON, "the body is not JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise Problem(Code.NOT_JSON, "the body is not a JSON object")
    # JSON has no other way to write this character, and hardly any text contains it.
    if b"\\u0000" in body and _has_nul(value):
        raise Problem(Code.UNREADABLE, "a text contains the character U+0000")
    return value


def _has_nul(value: object) -> bool:
    match value:
        case str():
            return "\0" in value
        case dict():
            return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
        case list():
            return any(_has_nul(item) for item in value)
        case _:
            return False
