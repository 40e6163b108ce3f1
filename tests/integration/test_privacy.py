"""What is personal stays in the vault: after a run nothing of it is in Temporal's database or in any log."""

import base64
import json
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
from standardwebhooks import Webhook

from adapters.request_rows import Offender, Victim
from local.directory import kept_keys
from tests.integration.conftest import Stage, going_well, staged

VICTIM = Victim(
    name="Marked-Victim-Vex", email="marked.victim@example.org", phone="+44 1632 960733", address="7 Marked Lane"
)
OFFENDER = Offender(name="Marked-Offender-Orrin", date_of_birth=date(1971, 3, 29))
NOTE = "Marked-note of what happened that night"
WEBHOOK_NOTE = "Marked-webhook-note of an officer"
MARKED = (VICTIM.name, VICTIM.email, VICTIM.phone, VICTIM.address, OFFENDER.name, "1971-03-29", NOTE, WEBHOOK_NOTE)


async def test_no_marked_value_is_in_temporals_database_or_in_a_log(tmp_path: Path) -> None:
    samples = going_well(2, victim=VICTIM, offender=OFFENDER, note=NOTE)
    async with staged(tmp_path, samples, day_seconds=0.05) as stage:
        await stage.play_until(lambda: all(each.case and each.case.progress.asked for each in stage.played))
        await _send_a_note(stage)
        await stage.play_to_the_end()
        kept = await stage.pool.fetchval("select count(*) from vault.notes where text = $1", WEBHOOK_NOTE)
        assert kept == 1, "the note that an agency sent is in the vault"
        assert await stage.pool.fetchval("select details ->> 'name' from vault.victims limit 1") == VICTIM.name
    files = [file for file in tmp_path.rglob("*") if file.is_file() and "postgres" not in file.parts[-2:-1]]
    names = {file.name for file in files}
    assert any(name.endswith((".db", ".sqlite")) for name in names), names
    assert "server.log" in names
    recorded = [file for file in files if b"request_screened" in file.read_bytes()]
    assert recorded, "what Temporal keeps can be read by this test"
    for file in files:
        assert not _found_in(file.read_bytes()), file.name


def _found_in(content: bytes) -> list[str]:
    return [value for value in MARKED if any(form in content for form in _forms(value))]


def _forms(value: str) -> list[bytes]:
    """The value as text, and as it would stand inside Base64 wherever it began."""
    raw = value.encode()
    encoded = [base64.b64encode(b"x" * shift + raw)[4:-4] for shift in range(3)]
    return [raw, *encoded]


async def _send_a_note(stage: Stage) -> None:
    """An agency that was asked records progress, with free text."""
    case = stage.played[0].case
    assert case is not None
    kind, area = case.progress.asked[0], case.request.area
    agency = f"{area}-{kind.replace('_', '-')}"
    keys = kept_keys(stage.stack.folder / "agencies.json")[agency]
    body = json.dumps({"case": case.ref, "event": "progress_recorded", "data": {}, "note": WEBHOOK_NOTE})
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "a-note",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(keys.signs_with[0]).sign("a-note", now, body),
        "content-type": "application/json",
    }
    async with httpx.AsyncClient() as client:
        url = f"{stage.stack.api_url}/webhooks/agencies/{agency}"
        answer = await client.post(url, content=body, headers=headers)
    assert answer.status_code == 202, answer.text
