"""Sends messages of agencies over real HTTP, and reads what is stored."""

from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx

from api.problems import MEDIA_TYPE, PROBLEMS, Code
from devstack.directory import new_keys
from ports.agencies import Agency
from tests.serving import as_json, sign_headers

REF = "RJ-7Q2K-9F3M"
FOUND = {"answer": "found", "whereabouts": "custody", "responsible_agency": "prison"}
EVENT = {"case": REF, "event": "trace_answered", "data": FOUND}
KEYS = new_keys()
OLD_KEY = KEYS["court"].their_keys[0]
PROBATION = Agency(
    "eastmoor-probation",
    "probation",
    "eastmoor",
    "Eastmoor Probation",
    their_keys=(OLD_KEY, *KEYS["eastmoor-probation"].their_keys),
)
PRISON = Agency(
    "westhaven-prison",
    "prison",
    "westhaven",
    "HMP Westhaven",
    their_keys=KEYS["westhaven-prison"].their_keys,
)


@dataclass
class Sender:
    """Sends messages as an agency does."""

    http: httpx.AsyncClient
    pool: asyncpg.Pool
    stored: int = 0

    async def send(
        self,
        body: bytes | dict[str, Any],
        *,
        message_id: str = "m-1",
        agency: Agency = PROBATION,
        headers: dict[str, str] | None = None,
        **changed: str,
    ) -> httpx.Response:
        content = body if isinstance(body, bytes) else as_json(body)
        if headers is None:
            headers = sign_headers(agency.their_keys[-1], message_id, content)
        headers = {**headers, **{name.replace("_", "-"): value for name, value in changed.items()}}
        return await self.http.post(f"/webhooks/agencies/{agency.id}", content=content, headers=headers)

    async def status(
        self, message_id: str, *, agency: Agency = PROBATION, signed_id: str | None = None
    ) -> httpx.Response:
        headers = sign_headers(agency.their_keys[-1], signed_id or message_id, b"")
        return await self.http.get(f"/webhooks/agencies/{agency.id}/messages/{message_id}", headers=headers)

    async def messages(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.pool.fetch("select * from inbox order by id")]


async def read_problem(sender: Sender, answer: httpx.Response, code: Code) -> str:
    """The problem's detail, after all that holds for every problem."""
    problem = answer.json()
    status, title = PROBLEMS[code]
    assert (problem["code"], answer.status_code) == (code, status)
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert problem == {
        "type": f"urn:restorative-justice:problem:{code}",
        "title": title,
        "status": status,
        "detail": problem["detail"],
        "code": code,
    }
    assert await sender.messages() == []
    assert await sender.pool.fetchval("select count(*) from vault.notes") == 0
    assert sender.stored == 0
    return str(problem["detail"])
