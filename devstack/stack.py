"""The embedded stack: PostgreSQL, Temporal, the simulated agencies, the server and a worker, started together."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.migrations import migrate
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.pool import open_pool
from adapters.postgres.staff import PostgresStaff
from devstack.certificates import kept_certificates
from devstack.directory import kept_keys, sample_agencies
from devstack.embedded import postgres, temporal_server, attribute_types
from devstack.processes import free_port
from devstack.issuer import AUDIENCE
from devstack.processes import HOST
from devstack.register import kept_api_key
from devstack.sample_staff import SAMPLE_STAFF
from devstack.services import ROOT, Part, Place, kept_running
from ports.staff import MemberExists
from workflows.clock import CaseClock, clock_of
from workflows.names import SEARCH_ATTRIBUTES

LOCAL = ROOT / ".local"

ISSUER_FOLDER = "LOCAL_ISSUER_FOLDER"
"""The name under which a running stack says where its issuer keeps what tokens are given for."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts listen on 127.0.0.1; None: any free port."""

    postgres: int | None = None
    temporal: int | None = None
    temporal_ui: int | None = None
    api: int | None = None
    agencies: int | None = None
    mail: int | None = None
    register: int | None = None
    issuer: int | None = None

    def chosen(self) -> "Ports":
        """The same with a free port for each part of ours that has none."""
        ours = ("api", "agencies", "mail", "register", "issuer")
        return replace(self, **{name: free_port(getattr(self, name)) for name in ours})


REAL_DAY = 86_400.0
"""A day that lasts a day."""

STACK_PORTS = Ports(
    postgres=54329,
    temporal=7239,
    temporal_ui=8239,
    api=8009,
    agencies=8019,
    mail=8025,
    register=8029,
    issuer=8039,
)
"""The ports of `rj up`: the same at each start, and away from the usual ones, which may be taken."""


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for a stack whose data nobody keeps; PostgreSQL's, which may lie elsewhere, goes with it."""
    with tempfile.TemporaryDirectory(prefix="restorative-justice-demo-") as folder:
        try:
            yield Path(folder)
        finally:
            shutil.rmtree(Path(folder, "postgres", "cluster").resolve(), ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: how it is reached, and the settings that its processes got."""

    settings: Mapping[str, str]
    api_url: str
    agencies_url: str
    register_url: str
    ui_url: str | None
    folder: Path

    @property
    def clock(self) -> CaseClock:
        """The clock of the cases that begin here."""
        return clock_of(float(self.settings["RJ_DAY_SECONDS"]), float(self.settings["RJ_CLOCK_ORIGIN"]))

    @property
    def issuer_url(self) -> str:
        """Who gives staff their tokens."""
        return self.settings["RJ_OIDC_ISSUER"]

    @property
    def dsn(self) -> str:
        """The address of the database."""
        return self.settings["RJ_DATABASE_URL"]


@asynccontextmanager
async def embedded_stack(
    folder: Path, *, ports: Ports, day_seconds: float, ui: bool, durable: bool
) -> AsyncIterator[Stack]:
    """Run everything with its data in `folder`; a part that dies is started again. Raises EmbeddedError."""
    async with AsyncExitStack() as stack:
        dsn = await stack.enter_async_context(postgres(folder / "postgres", port=ports.postgres, durable=durable))
        await asyncio.to_thread(migrate, dsn)
        temporal = await stack.enter_async_context(
            temporal_server(
                folder / "temporal",
                ui=ui,
                search_attributes=attribute_types(SEARCH_ATTRIBUTES),
                port=ports.temporal,
                ui_port=ports.temporal_ui,
            )
        )
        at = ports.chosen()
        settings = {
            **_settings(dsn, temporal.address, at, day_seconds, clock_origin(folder)),
            **_register_settings(folder / "register"),
            **_sign_in_settings(folder / "issuer", at),
        }
        made = _stack(settings, at, temporal.ui_url, folder)
        await _seed(made)
        for part in _parts(made, at):
            await stack.enter_async_context(kept_running(part, Place(folder, settings)))
        yield made


def _stack(settings: Mapping[str, str], at: Ports, ui_url: str | None, folder: Path) -> Stack:
    return Stack(
        settings=settings,
        api_url=f"http://{HOST}:{at.api}",
        agencies_url=f"http://{HOST}:{at.agencies}",
        register_url=f"https://{HOST}:{at.register}",
        ui_url=ui_url,
        folder=folder,
    )


def _settings(dsn: str, temporal_address: str, at: Ports, day_seconds: float, origin: float) -> dict[str, str]:
    return {
        "RJ_DATABASE_URL": dsn,
        "RJ_TEMPORAL_ADDRESS": temporal_address,
        "RJ_HOST": HOST,
        "RJ_PORT": str(at.api),
        "RJ_PUBLIC_URL": f"http://{HOST}:{at.api}",
        "RJ_DAY_SECONDS": str(day_seconds),
        "RJ_CLOCK_ORIGIN": str(origin),
        "RJ_ALLOWED_NETWORKS": "127.0.0.0/8",
        "RJ_SMTP_HOST": HOST,
        "RJ_SMTP_PORT": str(at.mail),
        "RJ_SMTP_SECURITY": "none",
        "RJ_MAIL_FROM": "Restorative justice <casework@service.example>",
        "RJ_NOTIFICATIONS": "email",
    }


def _register_settings(folder: Path) -> dict[str, str]:
    """What opens the register: certificates and an API key that stay the same for this folder."""
    certificates = kept_certificates(folder)
    return {
        "RJ_HMPPS_CERT": str(certificates.client),
        "RJ_HMPPS_KEY": str(certificates.client_key),
        "RJ_HMPPS_CA": str(certificates.ca),
        "RJ_HMPPS_API_KEY": kept_api_key(folder / "api-key"),
    }


def _sign_in_settings(folder: Path, at: Ports) -> dict[str, str]:
    """Whose tokens staff show; the last is for `rj token`, which may read the secret there."""
    return {
        "RJ_LOCAL": "true",
        "RJ_OIDC_ISSUER": f"http://{HOST}:{at.issuer}",
        "RJ_OIDC_AUDIENCE": AUDIENCE,
        ISSUER_FOLDER: str(folder),
    }


def clock_origin(folder: Path) -> float:
    """When the stack with its data in `folder` was first started: its cases' clock goes on from there."""
    file = folder / "clock_origin"
    if not file.exists():
        file.write_text(str(time.time()))
    return float(file.read_text())


async def _seed(stack: Stack) -> None:
    """Put the sample agencies into the directory, with keys that stay the same for this folder, and enter the staff."""
    pool = await open_pool(stack.dsn)
    try:
        directory = PostgresDirectory(pool)
        keys = kept_keys(stack.folder / "agencies.json")
        for agency in sample_agencies(stack.agencies_url, keys, stack.register_url):
            await directory.put(agency)
        for person in SAMPLE_STAFF:
            with suppress(MemberExists):
                await PostgresStaff(pool).add(person.member, "")
    finally:
        await pool.close()


def _parts(stack: Stack, ports: Ports) -> tuple[Part, ...]:
    keys, register = str(stack.folder / "agencies.json"), stack.folder / "register"
    simulator = (
        *("-m", "devstack.agencies", "--port", str(ports.agencies), "--server-url", stack.api_url),
        *("--smtp-port", str(ports.mail), "--day", stack.settings["RJ_DAY_SECONDS"], "--keys", keys),
        *("--memory", str(stack.folder / "agencies" / "memory.json")),
    )
    registry = (
        *("-m", "devstack.register", "--port", str(ports.register), "--folder", str(register)),
        *("--memory", str(register / "memory.json")),
    )
    issuer = ("-m", "devstack.issuer", "--port", str(ports.issuer), "--folder", stack.settings[ISSUER_FOLDER])
    return (
        Part("issuer", issuer, f"{stack.issuer_url}/keys"),
        Part("agencies", simulator, f"{stack.agencies_url}/"),
        Part("register", registry, ready_port=ports.register),
        Part("server", (str(ROOT / "server.py"),), f"{stack.api_url}/readyz"),
        Part("worker", (str(ROOT / "worker.py"),)),
    )
