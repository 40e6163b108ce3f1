"""What is personal stays in the vault: after a run nothing of it is in Temporal's database or in any log."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
from standardwebhooks import Webhook

from devstack.directory import load_keys
from devstack.stack import MAIL
from tests.integration.conftest import NOTE, OFFENDER, VICTIM, RunningStack

WEBHOOK_NOTE = "Marked-webhook-note of an officer"
MARKED = (VICTIM.name, VICTIM.email, VICTIM.phone, VICTIM.address, OFFENDER.name, "1971-03-29", NOTE, WEBHOOK_NOTE)


async def test_no_marked_value_is_in_temporals_database_or_in_a_log(stack_after_kill: RunningStack) -> None:
    await _send_a_note(stack_after_kill)
    await stack_after_kill.run_to_the_end()
    await _assert_marked_values_are_in_the_vault(stack_after_kill)
    files = _files_outside_the_database(stack_after_kill.stack.folder)
    assert {"temporal.db", "state.json"} <= {file.name for file in files}
    logs = {file.parent.name for file in files if file.name == "server.log"}
    assert logs == {"postgres", "temporal", "agencies", "register", "issuer", "server", "worker"}
    assert any(b"request_screened" in file.read_bytes() for file in files), "what Temporal keeps can be read here"
    for file in files:
        assert not _find_in(file.read_bytes()), file.name


async def _assert_marked_values_are_in_the_vault(running: RunningStack) -> None:
    assert await running.pool.fetchval("select count(*) from vault.notes where text = $1", WEBHOOK_NOTE) == 1
    assert await running.pool.fetchval("select details ->> 'name' from vault.victims limit 1") == VICTIM.name


def _files_outside_the_database(folder: Path) -> list[Path]:
    """Every file of the stack but the mails that people got, and PostgreSQL's own cluster, where the vault is."""
    personal = (folder / "postgres" / "cluster", folder / MAIL)
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file for file in files if not any(file.is_relative_to(place) for place in personal)]


def _find_in(content: bytes) -> list[str]:
    return [value for value in MARKED if any(form in content for form in _forms(value))]


def _forms(value: str) -> list[bytes]:
    """The value as text, and as it would be inside Base64 wherever it began."""
    raw = value.encode()
    encoded = [base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)]
    return [raw, *encoded]


async def _send_a_note(running: RunningStack) -> None:
    """An agency that was asked records progress, with free text."""
    case = running.runs[0].case
    assert case is not None
    kind, area = case.asked[0].agency, case.request.area
    agency = f"{area}-{kind.replace('_', '-')}"
    keys = load_keys(running.stack.folder / "agencies.json")[agency]
    body = json.dumps({"case": case.ref, "event": "progress_recorded", "data": {}, "note": WEBHOOK_NOTE})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "a-note",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(keys.their_keys[0]).sign("a-note", now, body),
        "content-type": "application/json",
    }
    async with httpx.AsyncClient() as client:
        url = f"{running.stack.api_url}/webhooks/agencies/{agency}"
        answer = await client.post(url, content=body, headers=headers)
    assert answer.status_code == 202, answer.text
