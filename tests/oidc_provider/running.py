"""Runs the provider as a process: installed once into `.cache/`, pinned by its lock, with whatever registry npm has."""

import asyncio
import fcntl
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.issuers import SigningKey

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".cache/oidc_provider"
FILES = ("package.json", "package-lock.json", "serve.mjs")
"""Copied to where they are used: a module is looked for beside who imports it."""
OLDEST_NODE = 20


def installed() -> Path:
    """The folder in which the provider can be run. Skips the test where that cannot be, and says why."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node.js or npm is not installed here")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"the provider needs Node.js {OLDEST_NODE} or later; here is {version}")
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        # Tests run side by side, and each would begin by removing what is there.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_as_pinned():
            _install()
    return INSTALLED


def _is_as_pinned() -> bool:
    return all(
        (INSTALLED / "done" / name).exists() and (INSTALLED / "done" / name).read_bytes() == (HERE / name).read_bytes()
        for name in FILES
    )


def _install() -> None:
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
class Client:
    """A client of the provider, with what its tokens are to say."""

    secret: str
    roles: Sequence[str]
    areas: Sequence[str]


@dataclass(frozen=True)
class Provider:
    """The provider while it runs."""

    url: str
    clients: Mapping[str, Client]

    async def token(self, client: str, audience: str | None) -> str:
        """What it gives to `client`; without an audience an opaque token."""
        form = {"grant_type": "client_credentials"} | ({"resource": f"urn:{audience}"} if audience else {})
        async with httpx.AsyncClient() as http:
            answer = await http.post(f"{self.url}/token", data=form, auth=(client, self.clients[client].secret))
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token


@asynccontextmanager
async def running(
    port: int, keys: Sequence[SigningKey], clients: Mapping[str, Client], folder: Path
) -> AsyncIterator[Provider]:
    """The provider at `port`, with these keys."""
    installation = await asyncio.to_thread(installed)
    configuration = folder / "provider.json"
    configuration.write_text(
        json.dumps(
            {
                "port": port,
                "keys": [key.private for key in keys],
                "algorithm": keys[0].algorithm,
                "clients": {id: vars(client) for id, client in clients.items()},
            }
        )
    )
    with (folder / "provider.log").open("ab") as log_file:
        command = ("node", str(installation / "serve.mjs"), str(configuration))
        process = await asyncio.create_subprocess_exec(*command, stdout=log_file, stderr=log_file)
    try:
        await _until_ready(process, f"http://127.0.0.1:{port}")
        yield Provider(f"http://127.0.0.1:{port}", clients)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_ready(process: asyncio.subprocess.Process, url: str) -> None:
    async with asyncio.timeout(30), httpx.AsyncClient() as http:
        while True:
            assert process.returncode is None, "the provider did not start"
            try:
                await http.get(f"{url}/.well-known/openid-configuration")
            except httpx.TransportError:
                await asyncio.sleep(0.05)
            else:
                return
