"""Verifies Standard Webhooks signatures with each key that an agency may sign with now.

What the service sends is signed by the library `standardwebhooks`. Verifying by it takes 18 µs a key; this takes 6, of
some 260 that a message takes in all. The library also rejects a header with several signatures if one is malformed.
tests/api/test_signatures.py compares both.
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
"""An id appears in addresses and logs, and these characters need no escaping there."""


def verify(agency: Agency, headers: Mapping[str, str], body: bytes) -> str:
    """Return the `webhook-id` of a request that `agency` signed within five minutes of now. Raises Problem.

    The time is the real one, also where cases run on a faster clock.
    """
    message_id, timestamp, signature = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not (message_id and timestamp and signature):
        missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not headers.get(name)]
        raise Problem(Code.SIGNATURE_MISSING, f"missing: {', '.join(missing)}")
    if MESSAGE_ID.fullmatch(message_id) is None:
        raise Problem(Code.MESSAGE_ID_MALFORMED, "webhook-id: 1 to 128 letters, digits and . _ ~ : -")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Problem(Code.TIMESTAMP_STALE, "webhook-timestamp: not whole seconds since 1970")
    age = time.time() - int(timestamp)
    if abs(age) > TOLERANCE_SECONDS:
        word = "ago" if age > 0 else "ahead"
        detail = f"webhook-timestamp: {abs(age):.0f} seconds {word}, more than {TOLERANCE_SECONDS}"
        raise Problem(Code.TIMESTAMP_STALE, detail)
    signed = f"{message_id}.{timestamp}.".encode() + body
    # The padding of a key may be missing. An empty key signs nothing.
    secrets = [base64.b64decode(key.removeprefix("whsec_") + "==") for key in agency.their_keys]
    expected = [hmac.digest(secret, signed, "sha256") for secret in secrets if secret]
    given = [_decode(part) for part in signature.split(" ")]
    # All pairs are compared, and in constant time, so that the time taken says nothing about any of them.
    if not any([hmac.compare_digest(one, other) for one in expected for other in given]):  # noqa: C419
        raise Problem(Code.SIGNATURE_WRONG, "webhook-signature: no key of this agency gives this signature")
    return message_id


def _decode(part: str) -> bytes:
    """The bytes of a signature of the header; empty for another version, or one that is malformed."""
    version, _, encoded = part.partition(",")
    try:
        return base64.b64decode(encoded) if version == "v1" else b""
    except ValueError:
        return b""
