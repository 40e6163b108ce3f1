"""What an agency's signed message becomes, and where it can look that up."""

import asyncio

import pytest
from structlog.testing import capture_logs

from api.problems import Code
from tests.api.sender import EVENT, FOUND, OLD_KEY, PRISON, PROBATION, REF, Sender
from tests.serving import as_json, sign_headers

pytestmark = pytest.mark.postgres


async def test_a_signed_message_is_stored_before_it_is_answered_202(sender: Sender) -> None:
    answer = await sender.send(EVENT | {"note": "Please ring before Thursday."})

    assert answer.status_code == 202
    assert answer.json() == {
        "id": "m-1",
        "status_url": "https://casework.example/webhooks/agencies/eastmoor-probation/messages/m-1",
    }
    (message,) = await sender.messages()
    assert (message["source"], message["message_id"], message["ref"]) == ("agency:eastmoor-probation", "m-1", REF)
    assert message["record"] == {
        "event": "trace_answered",
        "data": FOUND,
        "by": {"role": "agency", "id": "eastmoor-probation", "kind": "probation", "area": "eastmoor"},
    }
    assert sender.stored == 1


async def test_free_text_is_kept_in_the_vault_and_nowhere_else(sender: Sender) -> None:
    await sender.send(EVENT | {"note": "Please ring before Thursday."})

    (message,) = await sender.messages()
    kept = await sender.pool.fetchval("select text from vault.notes where id::text = $1", message["note"])
    assert kept == "Please ring before Thursday."
    assert "Thursday" not in str(message)


async def test_a_known_message_gets_its_first_answer_again(sender: Sender) -> None:
    first = await sender.send(EVENT)
    again = await sender.send(EVENT)
    differing = await sender.send(EVENT | {"data": {"answer": "not_found"}})

    assert first.status_code == again.status_code == differing.status_code == 202
    assert first.json() == again.json() == differing.json()
    (message,) = await sender.messages()
    assert message["record"]["data"] == FOUND
    assert message["id_reuses"] == 1
    assert message["id_reused_at"] is not None
    assert sender.stored == 1


async def test_the_same_message_sent_many_times_at_once_is_stored_once(sender: Sender) -> None:
    answers = await asyncio.gather(*(sender.send(EVENT) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {202}
    assert len(await sender.messages()) == 1


async def test_any_of_an_agency_s_keys_will_do_while_it_changes_them(sender: Sender) -> None:
    content = as_json(EVENT)

    answer = await sender.send(content, headers=sign_headers(OLD_KEY, "m-1", content))

    assert answer.status_code == 202


async def test_what_goes_wrong_here_is_said_as_a_problem_too(sender: Sender) -> None:
    await sender.pool.execute("alter table inbox rename to elsewhere")
    try:
        with capture_logs() as logged:
            answer = await sender.send(EVENT)
    finally:
        await sender.pool.execute("alter table elsewhere rename to inbox")

    assert (answer.status_code, answer.json()["code"]) == (500, Code.INTERNAL)
    assert [(entry["event"], entry["log_level"]) for entry in logged] == [("api.failed", "error")]


@pytest.mark.parametrize(
    ("event", "field", "agency", "near"),
    [
        ("trace_answered", "responsible_agency", "prison:westhaven-prisn", ["prison:westhaven-prison"]),
        ("trace_answered", "may_also_answer", "probation:eastmor-probation", ["probation:eastmoor-probation"]),
        ("circumstances_changed", "responsible_agency", "probation:westhaven-prison", ["prison:westhaven-prison"]),
        ("circumstances_changed", "may_also_answer", "probaton", ["probation"]),
        ("trace_answered", "responsible_agency", "charity:xyzzy", []),
    ],
)
async def test_an_agency_that_the_directory_does_not_have_is_refused_with_those_like_it(
    sender: Sender, event: str, field: str, agency: str, near: list[str]
) -> None:
    """4.6."""
    data = {"change": "moved"} if event == "circumstances_changed" else FOUND
    answer = await sender.send({"case": REF, "event": event, "data": {**data, field: agency}})

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["near"][:1]) == (422, Code.UNREADABLE, near)
    assert problem["detail"].startswith(f"data.{field}: there is no such agency")
    assert agency not in problem["detail"].split("did you mean")[0]
    assert await sender.messages() == []


async def test_an_agency_that_is_in_the_directory_can_be_named(sender: Sender) -> None:
    named = "prison:westhaven-prison"
    sent = {"case": REF, "event": "trace_answered", "data": {**FOUND, "responsible_agency": named}}
    for attempt in range(2):
        assert (await sender.send(sent)).status_code == 202, attempt
        # It was known when it was first sent, so the same message has the same answer.
        await sender.pool.execute("update agencies set active = false where id = 'westhaven-prison'")
    (message,) = await sender.messages()
    assert message["record"]["data"]["responsible_agency"] == named

    removed = await sender.send(sent, message_id="m-2")
    assert (removed.status_code, removed.json()["code"]) == (422, Code.UNREADABLE)


async def test_two_agencies_may_use_the_same_message_id(sender: Sender) -> None:
    assert (await sender.send(EVENT)).status_code == 202
    assert (await sender.send(EVENT, agency=PRISON)).status_code == 202

    assert len(await sender.messages()) == 2


async def test_the_status_says_received_then_what_became_of_it(sender: Sender) -> None:
    await sender.send(EVENT)
    before = (await sender.status("m-1")).json()
    await sender.pool.execute("update inbox set outcome = 'refused', reason = 'not_asked', resolved_at = now()")

    after = (await sender.status("m-1")).json()

    assert before == {
        "message_id": "m-1",
        "case": REF,
        "event": "trace_answered",
        "status": "received",
        "reason": None,
        "sentence": None,
        "received_at": before["received_at"],
    }
    assert before["received_at"].endswith("Z")
    assert (after["status"], after["reason"]) == ("refused", "not_asked")
    assert after["sentence"].endswith(".")


async def test_an_agency_sees_its_own_messages_only(sender: Sender) -> None:
    await sender.send(EVENT)

    other = await sender.status("m-1", agency=PRISON)
    stranger = await sender.http.get(
        f"/webhooks/agencies/{PROBATION.id}/messages/m-1", headers=sign_headers(PRISON.their_keys[0], "m-1", b"")
    )
    unsigned = await sender.http.get(f"/webhooks/agencies/{PROBATION.id}/messages/m-1")

    assert [answer.json()["code"] for answer in (other, stranger, unsigned)] == [
        Code.UNKNOWN_MESSAGE,
        Code.SIGNATURE_WRONG,
        Code.SIGNATURE_MISSING,
    ]


async def test_a_signature_for_one_message_does_not_open_another(sender: Sender) -> None:
    await sender.send(EVENT)

    answer = await sender.status("m-1", signed_id="m-2")

    assert (answer.status_code, answer.json()["code"]) == (401, Code.SIGNATURE_WRONG)


async def test_the_description_names_every_problem_and_every_field(sender: Sender) -> None:
    document = (await sender.http.get("/openapi.json")).json()

    described = str(document["paths"]["/webhooks/agencies/{agency}"]["post"]["responses"])
    assert "HTTPValidationError" not in str(document)
    assert set(document["components"]["schemas"]["AgencyMessage"]["properties"]) == {
        *("case", "event", "data", "note", "occurred_on"),
    }
    for code in (Code.SIGNATURE_WRONG, Code.BODY_TOO_LARGE, Code.FREE_TEXT, Code.DATABASE_UNAVAILABLE):
        assert f"`{code}`" in described
    assert (await sender.http.get("/docs")).status_code == 200
