"""Signing in with an issuer: device authorization, stored tokens, refresh, signing out; and tokens for scripts."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from cli.errors import UsageError
from cli.staff.issuer import OidcIssuer, discover
from cli.staff.service import LOOPBACK, Service, find_service
from cli.staff.sessions import Session, SessionStore
from tests.cli.conftest import LocalIssuer, RunningService
from tests.cli.shell import Shell
from tests.serving import serve_app

SESSION = Session("token", 2_000_000_000.0, "https://sign-in.example", "rj", "refresh")
DEVICE = {"device_code": "d", "expires_in": 600, "interval": 5}


@pytest.fixture
def laptop(alone: RunningService, issuer: LocalIssuer, tmp_path: Path) -> Shell:
    """The shell of somebody who is not signed in."""
    return Shell({"RJ_SERVER": alone.url, "RJ_OIDC_ISSUER": issuer.url, "XDG_STATE_HOME": str(tmp_path)})


def get_session_file(laptop: Shell) -> Path:
    return Path(laptop.environment["XDG_STATE_HOME"], "rj", "sessions.json")


async def approve(issuer: LocalIssuer, user_code: str, decision: str = "approve") -> None:
    async with httpx.AsyncClient() as http:
        form = {"user_code": user_code, "account": "c.okafor", "decision": decision}
        assert (await http.post(f"{issuer.url}/device", data=form)).status_code == 200


async def log_in(laptop: Shell, issuer: LocalIssuer, decision: str = "approve") -> tuple[int, str, str]:
    """The exit code and the output of `rj login` where the user decides in a browser."""
    running = await laptop.start("login")
    assert running.stdout is not None
    line = (await running.stdout.readline()).decode()
    assert line.startswith(f"Open {issuer.url}/device and enter the code ")
    await approve(issuer, line.split()[-1], decision)
    out, err = await running.communicate()
    return running.returncode or 0, out.decode(), err.decode()


async def test_somebody_signs_in_with_a_code_and_their_token_is_theirs_alone(
    laptop: Shell, issuer: LocalIssuer
) -> None:
    assert await laptop.get_error("whoami") == "rj: You are not signed in: run rj login"
    code, out, err = await log_in(laptop, issuer)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == f"c.okafor: caseworker; eastmoor; at {laptop.environment['RJ_SERVER']}"
    assert (
        get_session_file(laptop).stat().st_mode & 0o777,
        get_session_file(laptop).parent.stat().st_mode & 0o777,
    ) == (0o600, 0o700)
    assert (await laptop.value("whoami"))["id"] == "c.okafor"


async def test_somebody_who_refuses_the_code_is_not_signed_in(laptop: Shell, issuer: LocalIssuer) -> None:
    code, _, err = await log_in(laptop, issuer, "refuse")
    assert (code, err) == (2, "rj: Not signed in: the request was refused\n")
    assert not get_session_file(laptop).exists()


async def test_a_token_that_runs_out_is_refreshed_once_by_all_commands(laptop: Shell, issuer: LocalIssuer) -> None:
    await log_in(laptop, issuer)
    sessions = json.loads(get_session_file(laptop).read_text())
    [session] = sessions.values()
    session["expires_at"] = time.time() + 5
    get_session_file(laptop).write_text(json.dumps(sessions))
    people = await asyncio.gather(*(laptop.value("whoami") for _ in range(3)))
    assert [person["id"] for person in people] == ["c.okafor"] * 3
    [refreshed] = json.loads(get_session_file(laptop).read_text()).values()
    assert refreshed["access_token"] != session["access_token"]
    assert refreshed["refresh_token"] != session["refresh_token"]


async def test_somebody_whose_refresh_token_is_withdrawn_signs_in_again(laptop: Shell, issuer: LocalIssuer) -> None:
    await log_in(laptop, issuer)
    sessions = json.loads(get_session_file(laptop).read_text())
    for session in sessions.values():
        session |= {"expires_at": 0, "refresh_token": "withdrawn"}
    get_session_file(laptop).write_text(json.dumps(sessions))
    assert await laptop.get_error("whoami") == "rj: Your sign-in has expired: run rj login"


async def test_somebody_who_signs_out_is_forgotten_here_and_at_the_issuer(laptop: Shell, issuer: LocalIssuer) -> None:
    await log_in(laptop, issuer)
    [session] = json.loads(get_session_file(laptop).read_text()).values()
    assert (await laptop.rj("logout")).out == "Signed out.\n"
    assert json.loads(get_session_file(laptop).read_text()) == {}
    form = {"grant_type": "refresh_token", "client_id": "rj", "refresh_token": session["refresh_token"]}
    async with httpx.AsyncClient() as http:
        assert (await http.post(f"{issuer.url}/token", data=form)).json()["error"] == "invalid_grant"
    assert (await laptop.rj("logout")).out == "You were not signed in.\n"


async def test_on_the_embedded_stack_somebody_signs_in_as_one_of_its_people(laptop: Shell, issuer: LocalIssuer) -> None:
    assert "--as is only for the embedded stack" in await laptop.get_error("login", "--as", "c.okafor")
    stack = laptop.with_settings(LOCAL_ISSUER_FOLDER=str(issuer.folder))
    assert "has no 'nobody'" in await stack.get_error("login", "--as", "nobody")
    await stack.value("login", "--as", "s.lindqvist")
    me = await stack.value("whoami")
    assert (me["id"], me["roles"], me["areas"]) == ("s.lindqvist", ["supervisor"], ["eastmoor"])


async def test_scripts_have_a_token_and_can_print_one(laptop: Shell, issuer: LocalIssuer) -> None:
    stack = laptop.with_settings(LOCAL_ISSUER_FOLDER=str(issuer.folder))
    token = (await stack.rj("token", "--as", "c.okafor")).out.strip()
    script = laptop.with_settings(RJ_TOKEN=token)
    assert (await script.value("whoami"))["id"] == "c.okafor"
    assert (await script.rj("token")).out.strip() == token
    assert not get_session_file(laptop).exists()
    assert await laptop.with_settings(RJ_TOKEN="nonsense").get_error("list")


async def test_no_command_but_login_and_token_takes_another_identity(service: RunningService) -> None:
    assert "No such option: --as" in await service.caseworker.get_error("list", "--as", "supervisor:s.lindqvist")


class TokenEndpoint:
    """A token endpoint that gives `answers` in turn, and counts."""

    def __init__(self, *answers: tuple[int, Mapping[str, Any]]) -> None:
        self.answers = list(answers)

    def app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.post("/token")
        async def token(_request: Request) -> JSONResponse:
            status, answer = self.answers.pop(0)
            return JSONResponse(dict(answer), status)

        return app


@pytest.fixture
def waits() -> list[float]:
    """How long it was waited between two questions."""
    return []


async def ask(endpoint: TokenEndpoint, sleep: Callable[[float], None]) -> Session:
    async with serve_app(endpoint.app()) as url:
        issuer = OidcIssuer(url, "rj", endpoints={"token_endpoint": f"{url}/token"})
        return await asyncio.to_thread(issuer.await_approval, DEVICE, sleep)


async def test_the_issuer_is_asked_at_its_pace(waits: list[float]) -> None:
    endpoint = TokenEndpoint(
        (400, {"error": "authorization_pending"}),
        (400, {"error": "slow_down"}),
        (400, {"error": "authorization_pending"}),
        (200, {"access_token": "a", "expires_in": 60, "refresh_token": "r"}),
    )
    session = await ask(endpoint, waits.append)
    assert waits == [5.0, 5.0, 10.0, 10.0]
    assert (session.access_token, session.refresh_token) == ("a", "r")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("access_denied", "Not signed in: the request was refused"),
        ("expired_token", "Not signed in: the code has expired"),
        ("invalid_client", "Not signed in: invalid_client"),
    ],
)
async def test_what_the_issuer_refuses_is_one_line(error: str, said: str, waits: list[float]) -> None:
    with pytest.raises(UsageError, match=said):
        await ask(TokenEndpoint((400, {"error": error})), waits.append)


async def test_a_code_expires_also_where_the_issuer_never_says_so(waits: list[float]) -> None:
    issuer = OidcIssuer("https://sign-in.example", "rj")
    with pytest.raises(UsageError, match="the code has expired"):
        issuer.await_approval({**DEVICE, "expires_in": 0}, waits.append)
    assert waits == []


def test_sessions_of_several_services_are_kept_apart(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "rj" / "sessions.json")
    assert store.find("https://a.example") is None
    store.save("https://a.example", SESSION)
    store.save("https://b.example", SESSION)
    store.delete("https://a.example")
    assert (store.find("https://a.example"), store.find("https://b.example")) == (None, SESSION)
    store.file.write_text("{")
    assert store.find("https://b.example") is None


def test_a_token_never_travels_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("http://casework.example", "http://127.0.0.1.example", "http://localhost.example:80"):
        monkeypatch.setenv("RJ_SERVER", url)
        with pytest.raises(UsageError, match="must begin with https://"):
            find_service()
    for url in ("https://casework.example", *(f"{prefix}:8009" for prefix in LOOPBACK)):
        monkeypatch.setenv("RJ_SERVER", url)
        assert find_service().url == url


def test_the_service_is_the_running_stack_where_none_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RJ_SERVER", raising=False)
    run_file = tmp_path / "settings.json"
    with pytest.raises(UsageError, match="set RJ_SERVER"):
        find_service(run_file)
    run_file.write_text(json.dumps({"RJ_PUBLIC_URL": "http://127.0.0.1:8009", "RJ_OIDC_ISSUER": "http://127.0.0.1:1"}))
    service = find_service(run_file)
    assert (service.url, service.setting("OIDC_ISSUER")) == ("http://127.0.0.1:8009", "http://127.0.0.1:1")
    assert service.store.file == tmp_path / "sessions.json"


async def test_an_issuer_that_is_none_is_said_to_be_none(tmp_path: Path) -> None:
    store = SessionStore(tmp_path / "sessions.json")
    with pytest.raises(UsageError, match="set RJ_OIDC_ISSUER"):
        discover(Service("https://casework.example", {}, store))
    with pytest.raises(UsageError, match="does not answer: is it running"):
        discover(Service("https://casework.example", {"RJ_OIDC_ISSUER": "http://127.0.0.1:1"}, store))
    async with serve_app(FastAPI()) as url:
        with pytest.raises(UsageError, match="is not an OpenID Connect issuer"):
            await asyncio.to_thread(discover, Service("https://casework.example", {"RJ_OIDC_ISSUER": url}, store))


async def test_an_issuer_without_device_codes_is_said_to_have_none(waits: list[float]) -> None:
    with pytest.raises(UsageError, match=re.escape("has no device_authorization_endpoint")):
        OidcIssuer("https://sign-in.example", "rj").begin_device_authorization()
