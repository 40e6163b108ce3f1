"""What agencies are sent, as webhooks in the documentation of the API."""

from typing import Any

from fastapi import FastAPI

from ports.agency_messages import AskCancelledMessage, AskMessage, CaseUpdateMessage, PingMessage

EXAMPLE_TIMESTAMP = "1772442900"
EXAMPLE_SIGNATURE = "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="
_KEY = "RJ-7Q2K-9F3M.2.trace:probation"


def signed_header(name: str, description: str, example: str) -> dict[str, Any]:
    """Return the documentation of a header that belongs to a signature."""
    schema = {"type": "string", "examples": [example]}
    return {"name": name, "in": "header", "required": True, "schema": schema, "description": description}


_POST: dict[str, Any] = {
    "status_code": 204,
    "response_description": "You have the message: any 2xx says so. The body of your response is not read.",
    "responses": {
        "4XX": {
            "description": "You will never accept it: it is not sent again, and our staff are told. "
            "408, 409, 421, 425 and 429 are retried."
        },
        "5XX": {"description": "Not now: it is retried with growing pauses. `Retry-After` is honoured."},
    },
    "openapi_extra": {
        "parameters": [
            signed_header("webhook-id", "The same for each attempt: process it once.", _KEY),
            signed_header("webhook-timestamp", "Seconds since 1970 when this attempt was signed.", EXAMPLE_TIMESTAMP),
            signed_header(
                "webhook-signature",
                "One or more of `v1,<base64>`, separated by spaces: several while our key is replaced.",
                EXAMPLE_SIGNATURE,
            ),
            signed_header("idempotency-key", "The same as `webhook-id`.", _KEY),
        ]
    },
    "tags": ["outgoing webhooks"],
}


def add_outgoing_webhooks(app: FastAPI) -> None:
    """Add what agencies are sent to the documentation of `app`."""

    @app.webhooks.post("ask", summary="A request to your agency, or a reminder", **_POST)
    def ask(body: AskMessage) -> None:
        """Answer 2xx as soon as you have it, and send your answer to `answer_to`, now or weeks later."""

    @app.webhooks.post("ask-cancelled", summary="A request is cancelled", **_POST)
    def ask_cancelled(body: AskCancelledMessage) -> None:
        """It may come before the request that it names, or for one that you have answered."""

    @app.webhooks.post("case-update", summary="What changed in a case", **_POST)
    def case_update(body: CaseUpdateMessage) -> None:
        """It needs no answer. Codes and a day only; new codes may be added."""

    @app.webhooks.post("ping", summary="Connection test", **_POST)
    def ping(body: PingMessage) -> None:
        """Sent by `rj agency ping`: verify the signature and answer 2xx."""
