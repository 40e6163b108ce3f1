"""A sender who is not known, does not sign, or sends too much is refused before anything is parsed."""

import asyncio
import base64
import hmac
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import request_body
from api.problems import Code, Problem
from api.request_body import MAX_JSON_BYTES
from api.signatures import verify
from tests.api.sender import EVENT, OLD_KEY, PRISON, PROBATION, Sender, read_problem
from tests.serving import as_json, sign_headers

pytestmark = pytest.mark.postgres


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_an_unsigned_message_is_refused(sender: Sender, header: str) -> None:
    content = as_json(EVENT)
    headers = sign_headers(PROBATION.their_keys[-1], "m-1", content)
    del headers[header]

    answer = await sender.send(content, headers=headers)

    assert header in await read_problem(sender, answer, Code.SIGNATURE_MISSING)
    assert answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "signature",
    [
        "v1,c2lnbmVkIGJ5IHNvbWVib2R5IGVsc2UgZW50aXJlbHk=",
        "v1",
        "v1,",
        "v1,not base64!",
        "v1a,AAAA",
        ",,,",
        "v1,é",
        "x",
    ],
)
async def test_a_signature_that_does_not_fit_is_refused(sender: Sender, signature: str) -> None:
    content = as_json(EVENT)
    headers: Any = {**sign_headers(PROBATION.their_keys[-1], "m-1", content), "webhook-signature": signature.encode()}

    await read_problem(sender, await sender.send(content, headers=headers), Code.SIGNATURE_WRONG)


async def test_one_signature_that_fits_among_several_will_do(sender: Sender) -> None:
    content = as_json(EVENT)
    headers = sign_headers(PROBATION.their_keys[-1], "m-1", content)
    several = f"v1,AAAA v1a,c2ln x v1,not-base64! ,,, {headers['webhook-signature']}"

    answer = await sender.send(content, headers={**headers, "webhook-signature": several})

    assert answer.status_code == 202


async def test_a_key_fits_until_the_day_that_it_was_given_and_no_longer(sender: Sender) -> None:
    content = as_json(EVENT)
    until = "update agency_keys set until = now() + $2::interval where secret = $1"

    await sender.pool.execute(until, OLD_KEY, timedelta(hours=-1))
    await read_problem(
        sender, await sender.send(content, headers=sign_headers(OLD_KEY, "m-1", content)), Code.SIGNATURE_WRONG
    )

    await sender.pool.execute(until, OLD_KEY, timedelta(hours=1))
    assert (await sender.send(content, headers=sign_headers(OLD_KEY, "m-1", content))).status_code == 202


def test_a_key_of_no_bytes_fits_nothing() -> None:
    now = str(int(time.time()))
    forged = base64.b64encode(hmac.digest(b"", f"m-1.{now}.{{}}".encode(), "sha256")).decode()
    headers = {"webhook-id": "m-1", "webhook-timestamp": now, "webhook-signature": f"v1,{forged}"}

    with pytest.raises(Problem) as raised:
        verify(replace(PROBATION, their_keys=("whsec_", "", "whsec_!")), headers, b"{}")

    assert raised.value.code is Code.SIGNATURE_WRONG


@given(key=st.binary(min_size=1, max_size=64), body=st.text(max_size=200), other=st.binary(min_size=1, max_size=64))
def test_what_the_library_signs_is_what_fits(key: bytes, body: str, other: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode().rstrip("=")
    headers = sign_headers(secret, "m-1", body)

    assert verify(replace(PROBATION, their_keys=(secret,)), headers, body.encode()) == "m-1"
    # HMAC pads its key with zeros, so keys that differ in those alone are the same one.
    if other.rstrip(b"\0") != key.rstrip(b"\0"):
        strange = replace(PROBATION, their_keys=("whsec_" + base64.b64encode(other).decode(),))
        with pytest.raises(Problem):
            verify(strange, headers, body.encode())


async def test_another_agency_s_key_does_not_fit(sender: Sender) -> None:
    content = as_json(EVENT)

    answer = await sender.send(content, headers=sign_headers(PRISON.their_keys[0], "m-1", content))

    await read_problem(sender, answer, Code.SIGNATURE_WRONG)


async def test_a_body_changed_after_signing_does_not_fit(sender: Sender) -> None:
    headers = sign_headers(PROBATION.their_keys[-1], "m-1", as_json(EVENT))

    answer = await sender.send(EVENT | {"case": "RJ-2222-2222"}, headers=headers)

    await read_problem(sender, answer, Code.SIGNATURE_WRONG)


@pytest.mark.parametrize("ago", [timedelta(seconds=310), timedelta(seconds=-310)])
async def test_a_signature_more_than_five_minutes_off_is_stale(sender: Sender, ago: timedelta) -> None:
    content = as_json(EVENT)

    answer = await sender.send(content, headers=sign_headers(PROBATION.their_keys[-1], "m-1", content, ago=ago))

    await read_problem(sender, answer, Code.TIMESTAMP_STALE)


@pytest.mark.parametrize("ago", [timedelta(seconds=290), timedelta(seconds=-290)])
async def test_a_signature_within_five_minutes_is_fresh(sender: Sender, ago: timedelta) -> None:
    content = as_json(EVENT)

    answer = await sender.send(content, headers=sign_headers(PROBATION.their_keys[-1], "m-1", content, ago=ago))

    assert answer.status_code == 202


@pytest.mark.parametrize("timestamp", ["yesterday", "nan", "-1", "1e9", "9" * 400])
async def test_a_timestamp_that_is_no_time_is_refused(sender: Sender, timestamp: str) -> None:
    await read_problem(sender, await sender.send(EVENT, webhook_timestamp=timestamp), Code.TIMESTAMP_STALE)


async def test_an_unknown_agency_is_refused(sender: Sender) -> None:
    for name in ("westmoor-probation", "%00", "a%2Fb"):
        answer = await sender.http.post(f"/webhooks/agencies/{name}", content=b"{}")
        code = Code.NOT_FOUND if name == "a%2Fb" else Code.UNKNOWN_AGENCY
        await read_problem(sender, answer, code)


async def test_an_agency_that_is_no_longer_active_is_unknown(sender: Sender) -> None:
    await sender.pool.execute("update agencies set active = false where id = $1", PROBATION.id)

    await read_problem(sender, await sender.send(EVENT), Code.UNKNOWN_AGENCY)


@pytest.mark.parametrize("message_id", ["with space", "a/b", "x" * 129, "naïve"])
async def test_a_message_id_that_would_need_escaping_is_refused(sender: Sender, message_id: str) -> None:
    content = as_json(EVENT)
    headers: Any = sign_headers(PROBATION.their_keys[-1], message_id, content)
    headers["webhook-id"] = message_id.encode()

    await read_problem(sender, await sender.send(content, headers=headers), Code.MESSAGE_ID_MALFORMED)


async def test_a_body_too_large_is_refused_by_what_it_declares(sender: Sender) -> None:
    await read_problem(sender, await sender.send(b" " * (MAX_JSON_BYTES + 1)), Code.BODY_TOO_LARGE)


async def test_a_body_too_large_is_refused_while_it_comes_without_a_declared_length(sender: Sender) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MAX_JSON_BYTES:
            sent += 8192
            yield b" " * 8192

    headers = sign_headers(PROBATION.their_keys[-1], "m-1", b"")
    try:
        answer = await sender.http.post(f"/webhooks/agencies/{PROBATION.id}", content=endless(), headers=headers)
        await read_problem(sender, answer, Code.BODY_TOO_LARGE)
    except (httpx.WriteError, httpx.ReadError):
        # The connection may be closed on a sender who goes on sending.
        assert await sender.messages() == []

    assert sent < 100 * MAX_JSON_BYTES


async def test_a_body_just_within_the_limit_is_taken(sender: Sender) -> None:
    content = as_json(EVENT)

    answer = await sender.send(content + b" " * (MAX_JSON_BYTES - len(content)))

    assert answer.status_code == 202


async def _send_in_part(sender: Sender, *, wait: bool) -> bytes:
    """What is answered to a body of which only the first bytes come; nothing where the sender hangs up."""
    reader, writer = await asyncio.open_connection(sender.http.base_url.host, sender.http.base_url.port)
    lines = (f"POST /webhooks/agencies/{PROBATION.id} HTTP/1.1", "host: x", "content-length: 500")
    head = "\r\n".join((*lines, "content-type: application/json", "", "{"))
    writer.write(head.encode())
    await writer.drain()
    answer = await reader.read() if wait else b""
    writer.close()
    return answer


async def test_a_body_that_does_not_come_in_time_is_not_waited_for(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "BODY_SECONDS", 0.2)

    answer = await _send_in_part(sender, wait=True)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body_too_slow"' in answer


async def test_a_sender_who_hangs_up_is_no_fault_of_ours(sender: Sender, caplog: pytest.LogCaptureFixture) -> None:
    await _send_in_part(sender, wait=False)
    await asyncio.sleep(0.3)

    assert (await sender.http.get("/healthz")).status_code == 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nowhere", Code.NOT_FOUND),
        ("GET", "/webhooks/agencies/eastmoor-probation", Code.METHOD_NOT_ALLOWED),
        ("DELETE", "/healthz", Code.METHOD_NOT_ALLOWED),
    ],
)
async def test_what_the_framework_refuses_is_a_problem_too(sender: Sender, method: str, path: str, code: Code) -> None:
    answer = await sender.http.request(method, path)

    await read_problem(sender, answer, code)
    assert ("allow" in answer.headers) is (code is Code.METHOD_NOT_ALLOWED)
