"""Who signed: Standard Webhooks signatures, checked against each key that an agency may sign with now.

The library signs what we send; here its own verifying would read each header anew for every key, and take no header
in which one signature of several is malformed. tests/api/test_signatures.py holds both to each other.
"""

import base64
import hmac
import re
import time
from collections.abc import Mapping

from api.problems import Code, Problem
from ports.agencies import Agency

TOLERANCE_SECONDS = 300
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
MESSAGE_ID = re.compile(r"[A-Za-z0-9._~:-]{1,128}")
"""An id stands in addresses and logs as it is, so it is made of what needs no escaping there."""


def verified_id(agency: Agency, headers: Mapping[str, str], body: bytes) -> str:
    """The `webhook-id` of a request that `agency` signed within five minutes of now. Raises Problem.

    The time is the real one, also where cases run on a faster clock.
    """
    message_id, timestamp, signature = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not (message_id and timestamp and signature):
        missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not headers.get(name)]
        raise Problem(Code.SIGNATURE_MISSING, f"missing: {', '.join(missing)}")
    if MESSAGE_ID.fullmatch(message_id) is None:
        raise Problem(Code.MESSAGE_ID_MALFORMED, "webhook-id: 1 to 128 letters, digits and . _ ~ : -")
    _require_fresh(timestamp)
    if not _fits(agency.signs_with, f"{message_id}.{timestamp}.".encode() + body, signature):
        raise Problem(Code.SIGNATURE_WRONG, "webhook-signature: no key of this agency gives this signature")
    return message_id


def _require_fresh(timestamp: str) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Problem(Code.TIMESTAMP_STALE, "webhook-timestamp: not whole seconds since 1970")
    age = time.time() - int(timestamp)
    if abs(age) > TOLERANCE_SECONDS:
        word = "ago" if age > 0 else "ahead"
        detail = f"webhook-timestamp: {abs(age):.0f} seconds {word}, more than {TOLERANCE_SECONDS}"
        raise Problem(Code.TIMESTAMP_STALE, detail)


def _fits(keys: tuple[str, ...], signed: bytes, header: str) -> bool:
    """Whether one of the signatures in `header` is that of one of `keys`.

    Each is compared with each, and in constant time, so that the time taken does not say which of them fits, or how
    much of it.
    """
    secrets = [secret for key in keys if (secret := _secret(key))]
    expected = [hmac.digest(secret, signed, "sha256") for secret in secrets]
    given = [_signature(part) for part in header.split(" ")]
    return any([hmac.compare_digest(one, other) for one in expected for other in given])  # noqa: C419 - all of them


def _secret(key: str) -> bytes:
    """The bytes of a key as operators and agencies exchange it; its padding may be missing. Nobody signs with none."""
    return base64.b64decode(key.removeprefix("whsec_") + "==")


def _signature(part: str) -> bytes:
    """The bytes of one signature of the header; none for one of another version, or that cannot be read."""
    version, _, encoded = part.partition(",")
    try:
        return base64.b64decode(encoded) if version == "v1" else b""
    except ValueError:
        return b""
