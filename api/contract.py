"""The other direction of the contract: what agencies are sent, as webhooks in the API's own documentation."""

from typing import Any

from fastapi import FastAPI

from ports.agency_messages import AskCancelledMessage, AskMessage, PingMessage

MOMENT = "1772442900"
A_SIGNATURE = "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
_KEY = "RJ-7Q2K-9F3M.2.trace:probation"


def signed_header(name: str, description: str, example: str) -> dict[str, Any]:
    """How the documentation describes a header that signs a message, or is signed with it."""
    schema = {"type": "string", "examples": [example]}
    return {"name": name, "in": "header", "required": True, "schema": schema, "description": description}


_HEADERS = [
    signed_header("webhook-id", "The same at each try: what you have seen under it counts once.", _KEY),
    signed_header("webhook-timestamp", "Seconds since 1970 at which this try was signed.", MOMENT),
    signed_header(
        "webhook-signature",
        "One or more of `v1,<base64>`, parted by spaces: more than one while our key rotates.",
        A_SIGNATURE,
    ),
    signed_header("idempotency-key", "The same as `webhook-id`.", _KEY),
]
_NOT_TAKEN: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "You will never take it as it is: it is not sent again, and our staff are told. "
        "408, 409, 421, 425 and 429 are tried again."
    },
    "5XX": {"description": "Not now: it is sent again, with growing pauses. `Retry-After` is honoured."},
}
_POST: dict[str, Any] = {
    "status_code": 204,
    "response_description": "The message is yours: any 2xx says so. What you answer is not read.",
    "responses": _NOT_TAKEN,
    "openapi_extra": {"parameters": _HEADERS},
    "tags": ["what agencies are sent"],
}


def add_webhooks(app: FastAPI) -> None:
    """Describe in the documentation of `app` what agencies are sent."""

    @app.webhooks.post("ask", summary="Something is asked of you, or you are reminded", **_POST)
    def ask(body: AskMessage) -> None:
        """Answer 2xx as soon as it is yours, and send what you find to `answer_to`, now or weeks later."""

    @app.webhooks.post("ask-cancelled", summary="An ask needs no answer any more", **_POST)
    def ask_cancelled(body: AskCancelledMessage) -> None:
        """It may come before the ask that it names, or for one that you have answered."""

    @app.webhooks.post("ping", summary="Can you be reached?", **_POST)
    def ping(body: PingMessage) -> None:
        """Sent by `rj agency test`: verify the signature and answer 2xx."""
