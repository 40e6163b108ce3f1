import json

import pytest
from standardwebhooks import Webhook
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from benchmarks import webhook_accept, webhook_to_case
from benchmarks.webhook_sender import Order, RefusedError, WebhookMessage, webhook_sender
from tests.serving import serve_app

KEY = "whsec_b25seSBmb3IgdGhpcyB0ZXN0"


async def test_messages_are_signed_sent_side_by_side_and_timed_by_another_process() -> None:
    taken: list[int] = []

    async def verify(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        said = Webhook(KEY).verify(await request.body(), dict(request.headers))
        taken.append(said["n"])
        await Response(b"{}", 202 if said["n"] < 40 else 503)(scope, receive, send)

    messages = tuple(WebhookMessage(f"m-{n}", json.dumps({"n": n})) for n in range(40))
    async with serve_app(verify) as url, webhook_sender() as sender:
        sent = await sender.send(Order(f"{url}/x", KEY, messages, connections=4))
        with pytest.raises(RefusedError, match="503"):
            await sender.send(Order(f"{url}/x", KEY, (WebhookMessage("m-40", '{"n": 40}'),), connections=1))

    assert sorted(taken) == list(range(41))
    assert len(sent.answered) == len(sent.latencies) == 40
    assert sent.as_round().rate == pytest.approx(40 / sent.seconds)


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.temporal
async def test_a_tiny_run_of_accepting_compares_with_the_floor_and_counts_what_was_stored() -> None:
    # It raises where a message was answered 202 and is not stored.
    size = webhook_accept.Size(pairs=1, messages=40, connections=4, warm_up=8)
    result = json.loads(json.dumps(await webhook_accept.webhook_accept(size)))

    assert result["name"] == "webhook_accept"
    assert result["ratio"] == pytest.approx(result["rate"] / result["floor"]["rate"], rel=0.05)
    assert 0 < result["p50_ms"] <= result["p99_ms"]
    assert result["processor_ms"]["server"] > 0
    assert all(result[part]["rate"] > 0 for part in ("few_connections", "with_note", "while_delivering"))


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.temporal
async def test_a_tiny_run_to_the_case_says_when_each_event_could_be_read() -> None:
    # It raises where an event does not arrive, or a chain is broken.
    size = webhook_to_case.Size(cases=4, idle=4, idle_rate=20, connections=2, seconds=0.5, warm_up=4, settle=0.2)
    result = json.loads(json.dumps(await webhook_to_case.webhook_to_case(size)))

    assert (result["name"], result["messages"]) == ("webhook_to_case", 4)
    for measured in (result, result["half_load"]):
        assert 0 < measured["p50_ms"] <= measured["p99_ms"]
        assert measured["ratio"] == pytest.approx(measured["floor"]["p50_ms"] / measured["p50_ms"], rel=0.05)
    assert result["half_load"]["messages"] > 0
