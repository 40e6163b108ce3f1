"""Who signed: Standard Webhooks signatures, checked against each key that an agency may sign with."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from standardwebhooks import Webhook, WebhookVerificationError

from activities.ports import Agency
from api.problems import Code, Problem

TOLERANCE_SECONDS = 300
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
MESSAGE_ID = re.compile(r"[A-Za-z0-9._~:-]{1,128}")
"""An id stands in addresses and logs as it is, so it is made of what needs no escaping there."""


def verified_id(agency: Agency, headers: Mapping[str, str], body: bytes) -> str:
    """The `webhook-id` of a request that `agency` signed within five minutes of now. Raises Problem.

    The time is the real one, also where cases run on a faster clock.
    """
    signed = {name: headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE)}
    missing = [name for name, value in signed.items() if not value]
    if missing:
        raise Problem(Code.SIGNATURE_MISSING, f"missing: {', '.join(missing)}")
    if MESSAGE_ID.fullmatch(signed[ID]) is None:
        raise Problem(Code.MESSAGE_ID_MALFORMED, "webhook-id: 1 to 128 letters, digits and . _ ~ : -")
    _require_fresh(signed[TIMESTAMP])
    # Every key is tried, so that the time taken does not say which of them fits.
    fits = [_fits(key, signed, body) for key in agency.signs_with]
    if not any(fits):
        raise Problem(Code.SIGNATURE_WRONG, "webhook-signature: no key of this agency gives this signature")
    return signed[ID]


def _require_fresh(timestamp: str) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise Problem(Code.TIMESTAMP_STALE, "webhook-timestamp: not whole seconds since 1970")
    age = datetime.now(UTC).timestamp() - int(timestamp)
    if abs(age) > TOLERANCE_SECONDS:
        word = "ago" if age > 0 else "ahead"
        detail = f"webhook-timestamp: {abs(age):.0f} seconds {word}, more than {TOLERANCE_SECONDS}"
        raise Problem(Code.TIMESTAMP_STALE, detail)


def _fits(key: str, signed: Mapping[str, str], body: bytes) -> bool:
    verifier = Webhook(key)
    try:
        verifier.verify(body, dict(signed), json_parse=False)
    except (WebhookVerificationError, ValueError):
        # The library lets ValueError out: for a signature that is not base64, for a body not in UTF-8.
        return False
    return True
