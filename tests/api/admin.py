"""The directory as it is managed over real HTTP, with the real parts of the server behind it."""

import uuid
from dataclasses import dataclass
from typing import Any

import httpx

from api.problems import MEDIA_TYPE, PROBLEMS, Code
from domain.people import Person
from tests.api.people import ADMIN, shows

AGENCIES = "/api/v1/agencies"
PROBATION: dict[str, Any] = {
    "id": "eastmoor-probation",
    "kind": "probation",
    "name": "Eastmoor Probation",
    "area": "eastmoor",
    "channel": "http",
    "address": "https://asks.probation.example/rj",
    "questions": ["agency_check", "approach"],
    "contact": "Duty desk, 01632 960001",
    "works_on": "mon-thu",
}
COURT = {"id": "courts", "kind": "court", "name": "Courts' Listing Office"}


@dataclass(frozen=True)
class AdminClient:
    """Where `who` works, an admin unless somebody else is named."""

    http: httpx.AsyncClient
    who: Person = ADMIN

    async def ask(self, method: str, path: str, status: int, body: object = None) -> Any:
        """What is answered with `status`, as JSON; `path` is below the agencies' unless it begins with /."""
        url = path if path.startswith("/") else f"{AGENCIES}/{path}".rstrip("/")
        answer = await self.send(method, url, body, key=uuid.uuid4().hex)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def send(self, method: str, url: str, body: object = None, *, key: str) -> httpx.Response:
        """What is answered to a request under the idempotency key `key`."""
        headers = {**shows(self.who), "idempotency-key": key}
        return await self.http.request(method, url, json=body, headers=headers)

    async def get_problem(self, method: str, path: str, code: Code, body: object = None) -> str:
        """The detail of the problem `code`."""
        problem = await self.ask(method, path, int(PROBLEMS[code][0]), body)
        assert (problem["code"], problem["title"]) == (code, PROBLEMS[code][1])
        return str(problem["detail"])

    async def unread(self, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
        """What is answered to these headers and a body that is none; always a problem."""
        answer = await self.http.request(method, path, headers=headers, content=b"{" if method != "GET" else None)
        assert answer.headers["content-type"] == MEDIA_TYPE
        return answer
