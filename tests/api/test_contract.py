"""The contract that an agency's developer reads: both directions, and nothing of it from elsewhere."""

import re
from typing import Any

from tests.api.sender import Sender


async def _document(sender: Sender) -> dict[str, Any]:
    answer = await sender.http.get("/openapi.json")
    document: dict[str, Any] = answer.json()
    return document


async def test_what_agencies_are_sent_is_in_the_document(sender: Sender) -> None:
    document = await _document(sender)
    bodies = {
        name: webhook["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for name, webhook in document["webhooks"].items()
    }

    assert bodies == {
        "ask": "AskMessage",
        "ask-cancelled": "AskCancelledMessage",
        "case-update": "CaseUpdateMessage",
        "ping": "PingMessage",
    }
    assert set(bodies.values()) <= set(document["components"]["schemas"])


async def test_each_message_to_an_agency_has_the_headers_that_sign_it(sender: Sender) -> None:
    for webhook in (await _document(sender))["webhooks"].values():
        headers = {parameter["name"] for parameter in webhook["post"]["parameters"]}
        assert headers == {"webhook-id", "webhook-timestamp", "webhook-signature", "idempotency-key"}


async def test_what_agencies_send_is_in_the_same_document(sender: Sender) -> None:
    document = await _document(sender)

    assert "post" in document["paths"]["/webhooks/agencies/{agency}"]
    assert "get" in document["paths"]["/webhooks/agencies/{agency}/messages/{message_id}"]


async def test_the_documentation_is_readable_without_the_internet(sender: Sender) -> None:
    page = (await sender.http.get("/docs")).text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert loaded
    for address in loaded:
        assert address.startswith("/")
        assert (await sender.http.get(address)).status_code == 200
