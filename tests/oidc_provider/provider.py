"""Runs the provider as a process: installed once into `.cache/`, pinned by its lock, from npm's registry."""

import asyncio
import fcntl
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urljoin

import httpx
import pytest

from tests.issuers import SigningKey
from tests.oidc_flows import REDIRECT_URI, FormReader

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".cache/oidc_provider"
FILES = ("package.json", "package-lock.json", "serve.mjs")
"""Copied to where they are used: Node looks for a module next to the file that imports it."""
OLDEST_NODE = 20


def install() -> Path:
    """Install the provider where it is not; its folder. Skips the test where that cannot be, and says why."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js or npm is not installed here")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"the provider needs Node.js {OLDEST_NODE} or later; here is {version}")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        # Tests run concurrently, and each would begin by removing what is there.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if any(not _same(INSTALLED / "done" / name, HERE / name) for name in FILES):
            _install_pinned()
    return INSTALLED


def _same(one: Path, other: Path) -> bool:
    return one.exists() and one.read_bytes() == other.read_bytes()


def _install_pinned() -> None:
    for name in FILES:
        shutil.copy(HERE / name, INSTALLED)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=INSTALLED, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"npm cannot install the provider here: {done.stderr.strip().splitlines()[:1]}")
    (INSTALLED / "done").mkdir(exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, INSTALLED / "done")


@dataclass(frozen=True)
class ProviderClient:
    """A client with a secret, and what its tokens say."""

    secret: str
    roles: Sequence[str]
    areas: Sequence[str]


@dataclass(frozen=True)
class ProviderAccount:
    """An account at the provider, and what its tokens say."""

    roles: Sequence[str]
    areas: Sequence[str]


@dataclass(frozen=True)
class Provider:
    """The provider while it runs."""

    url: str
    clients: Mapping[str, ProviderClient]

    async def token(self, client: str, audience: str | None) -> str:
        """A token for `client`; without an audience an opaque one."""
        form = {"grant_type": "client_credentials"} | ({"resource": f"urn:{audience}"} if audience else {})
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.url}/token", data=form, auth=(client, self.clients[client].secret))
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token


async def click_through(browser: httpx.AsyncClient, url: str, account: str) -> httpx.Response:
    """Open `url` and send each form that it leads to, signing in as `account`: the last page, or a way back."""
    answer = await browser.get(url)
    while True:
        if location := answer.headers.get("location"):
            target = urljoin(str(answer.url), location)
            if target.startswith(REDIRECT_URI):
                return answer
            answer = await browser.get(target)
            continue
        assert answer.status_code == 200, answer.text
        form = FormReader(answer.text)
        if not form.action:
            return answer
        fields = {**form.fields, **({"login": account, "password": "any"} if "login" in form.fields else {})}
        answer = await browser.post(urljoin(str(answer.url), form.action), data=fields)


@asynccontextmanager
async def run_provider(
    port: int,
    keys: Sequence[SigningKey],
    clients: Mapping[str, ProviderClient],
    folder: Path,
    accounts: Mapping[str, ProviderAccount] = MappingProxyType({}),
) -> AsyncIterator[Provider]:
    """The provider at `port`, with these keys."""
    installation = await asyncio.to_thread(install)
    configuration = folder / "provider.json"
    values = {
        "port": port,
        "keys": [key.private for key in keys],
        "algorithm": keys[0].algorithm,
        "redirectUri": REDIRECT_URI,
        "clients": {id: vars(client) for id, client in clients.items()},
        "accounts": {id: vars(account) for id, account in accounts.items()},
    }
    configuration.write_text(json.dumps(values))
    with (folder / "provider.log").open("ab") as log_file:
        command = ("node", str(installation / "serve.mjs"), str(configuration))
        process = await asyncio.create_subprocess_exec(*command, stdout=log_file, stderr=log_file)
    try:
        await _wait_until_ready(process, f"http://127.0.0.1:{port}")
        yield Provider(f"http://127.0.0.1:{port}", clients)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _wait_until_ready(process: asyncio.subprocess.Process, url: str) -> None:
    async with asyncio.timeout(120), httpx.AsyncClient() as http:
        while True:
            assert process.returncode is None, "the provider did not start"
            try:
                await http.get(f"{url}/.well-known/openid-configuration")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return
