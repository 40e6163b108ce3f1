"""The embedded stack: PostgreSQL, Temporal, the simulated agencies, the server and a worker, started together."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from adapters.clock import StackClock
from adapters.migrations import has_unknown_migrations, migrate
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.pool import open_pool
from adapters.postgres.staff import PostgresStaff
from devstack.certificates import load_certificates
from devstack.directory import load_keys, sample_agencies
from devstack.embedded import TemporalServer, attribute_types, postgres, temporal_server
from devstack.issuer import AUDIENCE
from devstack.processes import (
    HOST,
    EmbeddedError,
    Report,
    Server,
    free_port,
    keep_running,
    log_report,
)
from devstack.register import load_api_key
from devstack.sample_staff import SAMPLE_STAFF
from devstack.secret_files import write_secret
from devstack.services import ROOT, python_server
from ports.staff import MemberExists
from settings import Settings
from workflows.clock import REAL_TIME, CaseClock
from workflows.names import SEARCH_ATTRIBUTES

LOCAL = ROOT / ".local"
MAIL = "mail"
"""The folder of a stack in which its mails are stored."""
KEY_FILE = "token-key"
"""The file in a stack's folder with the key of its tokens."""
COMPLETE = "complete"
"""A file in a stack's folder once everything has started there for the first time."""
ISSUER_FOLDER = "LOCAL_ISSUER_FOLDER"
"""The name under which a running stack publishes the folder with its issuer's secret."""


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

    def all_free(self) -> "Ports":
        """The same with a free port for each that is None. Raises EmbeddedError where one of the others is taken."""
        return Ports(**{field.name: free_port(getattr(self, field.name)) for field in fields(self)})


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
"""The ports of `rj up`: the same at each start, and not the usual ones, which may be taken."""


def chosen_ports(environment: Mapping[str, str] = os.environ) -> Ports:
    """The ports of `rj up` with those that `RJ_UP_API_PORT` and the like choose. Raises EmbeddedError."""
    ports = {}
    for field in fields(Ports):
        setting = f"RJ_UP_{field.name.upper()}_PORT"
        text = environment.get(setting) or str(getattr(STACK_PORTS, field.name))
        if not text.isdecimal() or not 0 < int(text) < 65_536:
            raise EmbeddedError(f"{setting}: {text!r} is not a port. Use a number from 1 to 65535.")
        ports[field.name] = int(text)
        try:
            free_port(int(text))
        except EmbeddedError:
            other = int(text) + 1
            raise EmbeddedError(
                f"Port {text} is in use. Stop what uses it, or choose another port: {setting}={other} rj up."
            ) from None
    return Ports(**ports)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for a stack whose data is not kept; PostgreSQL's, which may lie elsewhere, is removed with it."""
    with tempfile.TemporaryDirectory(prefix="restorative-justice-demo-") as folder:
        try:
            yield Path(folder)
        finally:
            shutil.rmtree(Path(folder, "postgres", "cluster").resolve(), ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Stack:
    """A running stack: how it is reached, and the settings of its processes."""

    settings: Mapping[str, str]
    ports: Ports
    folder: Path

    @property
    def api_url(self) -> str:
        return f"http://{HOST}:{self.ports.api}"

    @property
    def agencies_url(self) -> str:
        return f"http://{HOST}:{self.ports.agencies}"

    @property
    def register_url(self) -> str:
        return f"https://{HOST}:{self.ports.register}"

    @property
    def ui_url(self) -> str:
        return f"http://{HOST}:{self.ports.temporal_ui}"

    @property
    def issuer_url(self) -> str:
        return self.settings["RJ_OIDC_ISSUER"]

    @property
    def issuer_secret(self) -> str:
        """With it the issuer gives a token for any account."""
        return Path(self.settings[ISSUER_FOLDER], "secret").read_text().strip()

    @property
    def dsn(self) -> str:
        return self.settings["RJ_DATABASE_URL"]

    @property
    def clock(self) -> StackClock:
        """The clock of the cases that begin here."""
        return StackClock(Path(file) if (file := self.settings["RJ_CLOCK_FILE"]) else None)


class StackSettings(Settings):
    """Settings that are given, and none of the user's environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - as the base class has it, like the others
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """See the base class."""
        return (init_settings,)


@asynccontextmanager
async def embedded_stack(
    folder: Path, *, ports: Ports, clock: CaseClock = REAL_TIME, ui: bool, durable: bool, report: Report = log_report
) -> AsyncIterator[Stack]:
    """Run everything with its data in `folder`. A server that dies is restarted, and `report` is called.

    `clock` is that of its cases when it is started for the first time. Raises EmbeddedError and MigrationError.
    """
    check_data(folder)
    ports = ports.all_free()
    async with AsyncExitStack() as exits:
        data = postgres(folder / "postgres", port=ports.postgres, durable=durable, report=report)
        dsn = await exits.enter_async_context(data)
        await check_schema(dsn, folder)
        await asyncio.to_thread(migrate, dsn)
        temporal = await exits.enter_async_context(
            temporal_server(
                folder / "temporal",
                ui=ui,
                search_attributes=attribute_types(SEARCH_ATTRIBUTES),
                port=ports.temporal,
                ui_port=ports.temporal_ui,
                report=report,
            )
        )
        stack = Stack(_settings(dsn, temporal, ports, folder, clock), ports, folder)
        if stack.clock.file is not None and not stack.clock.file.exists():
            stack.clock.set(clock)
        await _enter_agencies_and_staff(stack)
        try:
            async with asyncio.TaskGroup() as starting:
                for server in _services(stack):
                    starting.create_task(exits.enter_async_context(keep_running(server, report)))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        (folder / COMPLETE).touch()
        yield stack


def check_data(folder: Path) -> None:
    """Raise EmbeddedError where the data in `folder` is somebody else's, of another version, or half of it is lost.

    A first start that was interrupted has left nothing to lose: the next one completes it.
    """
    if not folder.exists():
        return
    if folder.stat().st_uid != os.geteuid():
        raise EmbeddedError(f"{folder} belongs to another user. Run this as that user, or remove {folder}.")
    if not (folder / COMPLETE).exists():
        return
    needed = ("postgres/cluster", "postgres/password", "temporal/temporal.db", KEY_FILE)
    if lost := [name for name in needed if not (folder / name).exists()]:
        raise EmbeddedError(
            f"Part of the data is missing ({', '.join(lost)}). Restore it, or remove {folder} to start again without "
            "data."
        )


async def check_schema(dsn: str, folder: Path) -> None:
    """Raise EmbeddedError where the database was made by another version of the service."""
    if await has_unknown_migrations(dsn):
        raise EmbeddedError(
            f"The data in {folder} was made by another version of the service. Use that version, or remove {folder} to "
            "start again without data."
        )


def _settings(dsn: str, temporal: TemporalServer, ports: Ports, folder: Path, clock: CaseClock) -> dict[str, str]:
    certificates = load_certificates(folder / "register")
    return {
        "RJ_DATABASE_URL": dsn,
        "RJ_TOKEN_KEY_FILE": str(make_token_key(folder)),
        "RJ_TEMPORAL_ADDRESS": temporal.address,
        "RJ_TEMPORAL_UI_URL": temporal.ui_url or "",
        "RJ_HOST": HOST,
        "RJ_PORT": str(ports.api),
        "RJ_PUBLIC_URL": f"http://{HOST}:{ports.api}",
        "RJ_CLOCK_FILE": "" if clock == REAL_TIME else str(folder / "clock"),
        "RJ_ALLOWED_NETWORKS": "127.0.0.0/8",
        "RJ_SMTP_HOST": HOST,
        "RJ_SMTP_PORT": str(ports.mail),
        "RJ_SMTP_SECURITY": "none",
        "RJ_MAIL_FROM": "Restorative justice <casework@service.example>",
        "RJ_NOTIFICATIONS": "email",
        "RJ_NOTIFICATIONS_CONTACT": "01632 960000",
        "RJ_HMPPS_CERT": str(certificates.client),
        "RJ_HMPPS_KEY": str(certificates.client_key),
        "RJ_HMPPS_CA": str(certificates.ca),
        "RJ_HMPPS_API_KEY": load_api_key(folder / "register" / "api-key"),
        "RJ_LOCAL": "true",
        "RJ_OIDC_ISSUER": f"http://{HOST}:{ports.issuer}",
        "RJ_OIDC_AUDIENCE": AUDIENCE,
        "RJ_LOG_FORMAT": "json",
        ISSUER_FOLDER: str(folder / "issuer"),
    }


def make_token_key(folder: Path) -> Path:
    """The file with the key of the tokens, made where there is none; only its owner can read it."""
    file = folder / KEY_FILE
    if not file.exists():
        write_secret(file, secrets.token_hex(32).encode())
    return file


async def _enter_agencies_and_staff(stack: Stack) -> None:
    """Enter the sample agencies, with keys that stay the same for the folder, and the sample staff."""
    async with await open_pool(stack.dsn) as pool:
        directory, staff = PostgresDirectory(pool), PostgresStaff(pool)
        for agency in sample_agencies(
            stack.agencies_url, load_keys(stack.folder / "agencies.json"), stack.register_url
        ):
            await directory.save(agency)
        for person in SAMPLE_STAFF:
            with suppress(MemberExists):
                await staff.add(person.member, "")


def _services(stack: Stack) -> tuple[Server, ...]:
    folder, settings, ports = stack.folder, stack.settings, stack.ports
    register = folder / "register"
    agencies = (
        *("-m", "devstack.agencies", "--port", str(ports.agencies), "--server-url", stack.api_url),
        *("--smtp-port", str(ports.mail), "--mail", str(folder / MAIL)),
        *(("--clock", settings["RJ_CLOCK_FILE"]) if settings["RJ_CLOCK_FILE"] else ()),
        *("--keys", str(folder / "agencies.json"), "--state", str(folder / "agencies" / "state.json")),
    )
    people = (
        *("-m", "devstack.register", "--port", str(ports.register), "--folder", str(register)),
        *("--people", str(register / "people.json")),
    )
    issuer = ("-m", "devstack.issuer", "--port", str(ports.issuer), "--folder", settings[ISSUER_FOLDER])
    server, worker = (str(ROOT / "server.py"),), (str(ROOT / "worker.py"),)
    return (
        python_server("issuer", issuer, folder, settings, url=f"{stack.issuer_url}/keys"),
        python_server("agencies", agencies, folder, settings, url=f"{stack.agencies_url}/"),
        python_server("register", people, folder, settings, port=ports.register or 0),
        python_server("server", server, folder, settings, url=f"{stack.api_url}/readyz"),
        python_server("worker", worker, folder, settings),
    )
