"""The directory as it is managed over real HTTP, with the real parts of the server behind it."""

from dataclasses import dataclass
from typing import Any

import httpx

from api.problems import MEDIA_TYPE, PROBLEMS, Code

TOKEN = "made-up-token-of-the-operators"
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
class Office:
    """Somebody who has the token."""

    http: httpx.AsyncClient

    async def ask(self, method: str, path: str, status: int, body: object = None, **headers: str) -> Any:
        """What is answered with `status`, as JSON; `path` is below the agencies' unless it begins with /."""
        sent = {"authorization": f"Bearer {TOKEN}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        url = path if path.startswith("/") else f"{AGENCIES}/{path}".rstrip("/")
        answer = await self.http.request(method, url, json=body, headers=sent)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def refused(self, method: str, path: str, code: Code, body: object = None, **headers: str) -> str:
        """The detail of the problem `code`."""
        problem = await self.ask(method, path, int(PROBLEMS[code][0]), body, **headers)
        assert (problem["code"], problem["title"]) == (code, PROBLEMS[code][1])
        return str(problem["detail"])

    async def unasked(self, method: str, path: str, token: str | None) -> httpx.Response:
        """What is answered where another token is shown, or none; always a problem."""
        headers = {} if token is None else {"authorization": token}
        answer = await self.http.request(method, path, headers=headers, content=b"{" if method != "GET" else None)
        assert answer.headers["content-type"] == MEDIA_TYPE
        return answer
