"""The client of the service's HTTP API: every staff command goes through it, as the user who is signed in."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from cli.errors import UsageError, fail
from cli.output import printable
from cli.staff.http import http_client, httpx
from cli.staff.service import Service, find_service
from cli.staff.sessions import Session

TIMEOUT = httpx.Timeout(30, connect=5)
REPORT_TIMEOUT = 150.0
"""Longer than the service takes for a report at most."""
MAX_PAGE = 200
REFRESH_AHEAD = 30.0
"""A token that ends within this many seconds is refreshed first."""
TRY_AGAIN = frozenset({408, 429, 502, 503, 504})

Fields = Mapping[str, Any]


class ApiError(UsageError):
    """What the service answers instead of doing what was asked: a sentence and a code."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(f"{sentence} [{code}]")
        self.sentence = sentence
        self.code = code


class ApiClient:
    """Calls the API at `url` as the owner of `token`. Every method raises UsageError with what went wrong."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._http = http_client(
            url, base_url=f"{url}/api/v1", timeout=TIMEOUT, headers={"authorization": f"Bearer {token}"}
        )

    def __enter__(self) -> "ApiClient":
        """Open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, params: Fields | None = None, **options: Any) -> Any:
        """What is at `path`."""
        return self._send("GET", path, params=_without_unset(params or {}), **options).json()

    def get_text(self, path: str, params: Fields) -> str:
        """What is at `path` as a table."""
        return self._send("GET", path, params=_without_unset({**params, "format": "csv"}), timeout=REPORT_TIMEOUT).text

    def post(
        self,
        path: str,
        body: Fields | None = None,
        *,
        key: str = "",
        dry_run: bool = False,
        headers: Fields | None = None,
    ) -> Any:
        """Do what a POST to `path` does, once for each `key`; without one it is new."""
        key = key or new_key()
        sent = {"idempotency-key": key, **(headers or {})}
        content = {} if body is None else {"json": body}
        params = {"dry_run": True} if dry_run else {}
        return self._send("POST", path, headers=sent, params=params, key=key, **content).json()

    def patch(self, path: str, body: Fields) -> Any:
        """Change what `body` names at `path`."""
        return self._send("PATCH", path, json=body).json()

    def put(self, path: str, body: Fields) -> Any:
        """Replace what is at `path`."""
        return self._send("PUT", path, json=body).json()

    def delete(self, path: str) -> None:
        """Delete what is at `path`."""
        self._send("DELETE", path)

    def upload(self, path: str, content: bytes, media_type: str, params: Fields) -> Iterator[Any]:
        """The lines of JSON that are answered to a file."""
        headers = {"content-type": media_type}
        try:
            with self._http.stream("POST", path, content=content, params=params, headers=headers) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _error_of(answer, "")
                yield from map(json.loads, answer.iter_lines())
        except httpx.HTTPError as error:
            fail(self._describe_failure(error, ""))

    def list_all(self, path: str, name: str, params: Fields, limit: int) -> tuple[list[Any], bool]:
        """The first `limit` items of a list that is answered under `name`, and whether there are more."""
        items: list[Any] = []
        cursor = params.get("cursor")
        while True:
            page = self.get(path, {**params, "limit": min(MAX_PAGE, limit - len(items)), "cursor": cursor})
            items += page[name]
            cursor = page["next"]
            if cursor is None or len(items) >= limit:
                return items, cursor is not None

    def _send(self, method: str, path: str, *, key: str = "", **options: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            fail(self._describe_failure(error, key))
        if answer.is_success:
            return answer
        raise _error_of(answer, key)

    def _describe_failure(self, error: httpx.HTTPError, key: str) -> str:
        if isinstance(error, httpx.ConnectError):
            return f"The service at {self.url} does not answer: is it running?"
        return f"The service at {self.url} gave no answer ({type(error).__name__}).{_try_again(key)}"


def new_key() -> str:
    """An idempotency key for something new."""
    return f"rj:{uuid4()}"


@contextmanager
def connect() -> Iterator[ApiClient]:
    """The API, as the user who is signed in. Raises UsageError where nobody is."""
    service = find_service()
    with ApiClient(service.url, find_token(service)) as client:
        yield client


def find_token(service: Service) -> str:
    """RJ_TOKEN, or the token of the present session, refreshed where it has run out. Raises UsageError."""
    token = os.environ.get("RJ_TOKEN", "")
    session = service.store.find(service.url)
    if token or session is None:
        return token or fail("You are not signed in: run rj login")
    if not _has_run_out(session):
        return session.access_token
    from cli.staff.issuer import discover  # noqa: PLC0415 - most commands need no issuer

    with service.store.lock():
        # Another command may have refreshed it meanwhile.
        session = service.store.find(service.url) or session
        if _has_run_out(session):
            session = (discover(service).refresh(session) if session.refresh_token else None) or fail(
                "Your sign-in has expired: run rj login"
            )
            service.store.save(service.url, session)
    return session.access_token


def _has_run_out(session: Session) -> bool:
    return session.expires_at < time.time() + REFRESH_AHEAD


def _without_unset(params: Fields) -> dict[str, Any]:
    """The parameters that are set, as they are written in an address."""
    return {name: value for name, value in params.items() if value is not None}


def _error_of(answer: httpx.Response, key: str) -> ApiError:
    try:
        problem = dict(answer.json())
    except (ValueError, TypeError):
        problem = {"detail": f"The service answered with status {answer.status_code}."}
    code = str(problem.get("reason") or problem.get("code") or answer.status_code)
    sentence = printable(str(problem.get("detail") or problem.get("title")))
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        sentence += " Run rj login."
    return ApiError(sentence + (_try_again(key) if answer.status_code in TRY_AGAIN else ""), code)


def _try_again(key: str) -> str:
    """What to do where it is not known whether what was sent under `key` was done."""
    return f" It may have been done: the same command with --key {key} does it once." if key else ""
