"""What `rj up` says where it cannot start: one sentence on standard error that says what to do."""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from devstack.mailbox import StoredMail, stored_mails
from devstack.processes import HOST, EmbeddedError, free_port
from devstack.services import ROOT
from devstack.stack import COMPLETE, KEY_FILE, STACK_PORTS, check_data, check_schema, chosen_ports, make_token_key
from devstack.up import run_up

PORTS = ("POSTGRES", "TEMPORAL", "TEMPORAL_UI", "API", "AGENCIES", "MAIL", "REGISTER", "ISSUER")


@pytest.fixture
def free_ports() -> dict[str, str]:
    """Settings for the ports of a stack, none of which is in use."""
    ports: set[int] = set()
    while len(ports) < len(PORTS):
        ports.add(free_port())
    return {f"RJ_UP_{name}_PORT": str(port) for name, port in zip(PORTS, ports, strict=True)}


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


def test_ports_are_those_of_the_stack_unless_others_are_chosen(free_ports: dict[str, str]) -> None:
    api, issuer = free_ports["RJ_UP_API_PORT"], free_ports["RJ_UP_ISSUER_PORT"]
    ports = chosen_ports(free_ports)
    assert (ports.api, ports.issuer) == (int(api), int(issuer))
    assert STACK_PORTS.api == 8009


async def test_a_port_in_use_is_named_with_the_setting_that_chooses_another(
    free_ports: dict[str, str],
    taken_port: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in {**free_ports, "RJ_UP_API_PORT": str(taken_port)}.items():
        monkeypatch.setenv(name, value)

    assert await run_up(as_json=False, folder=tmp_path / "local") == 2

    assert capsys.readouterr().err == (
        f"rj: Port {taken_port} is in use. Stop what uses it, or choose another port: "
        f"RJ_UP_API_PORT={taken_port + 1} rj up.\n"
    )


@pytest.mark.parametrize("wrong", ["http", "0", "65536", "-1"])
def test_what_is_not_a_port_is_named(free_ports: dict[str, str], wrong: str) -> None:
    with pytest.raises(EmbeddedError, match=f"RJ_UP_MAIL_PORT: '{wrong}' is not a port. Use a number from 1 to 65535"):
        chosen_ports({**free_ports, "RJ_UP_MAIL_PORT": wrong})


async def test_a_second_one_is_told_that_the_stack_is_running(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("4711")
        lock.flush()

        assert await run_up(as_json=False, folder=tmp_path) == 2

    assert capsys.readouterr().err == (
        "rj: The stack is running already (process 4711). Use it, or stop it with Ctrl-C in its terminal.\n"
    )


@pytest.fixture
def complete(tmp_path: Path) -> Path:
    """A folder with the files of a stack that has started."""
    for name in ("postgres/cluster", "postgres/password", "temporal/temporal.db", KEY_FILE, COMPLETE):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    check_data(tmp_path)
    return tmp_path


@pytest.mark.parametrize("lost", ["postgres/cluster", "postgres/password", "temporal/temporal.db", KEY_FILE])
def test_data_of_which_a_part_is_lost_is_not_silently_made_again(complete: Path, lost: str) -> None:
    (complete / lost).unlink()
    with pytest.raises(EmbeddedError, match=rf"missing \({lost}\). Restore it, or remove .* to start again without"):
        check_data(complete)


def test_a_stack_makes_the_key_of_its_tokens_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = make_token_key(tmp_path)
    key = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(key) == 64
    assert make_token_key(tmp_path).read_text() == key
    assert make_token_key(tmp_path / "another").read_text() != key


def test_a_first_start_that_was_interrupted_can_be_repeated(complete: Path) -> None:
    (complete / COMPLETE).unlink()
    (complete / "temporal/temporal.db").unlink()
    check_data(complete)


@pytest.mark.skipif(os.geteuid() != 0, reason="only a superuser can give files away")
def test_data_of_another_user_is_not_used(complete: Path) -> None:
    os.chown(complete, 65_534, 65_534)
    with pytest.raises(EmbeddedError, match=r"belongs to another user. Run this as that user, or remove"):
        check_data(complete)


@pytest.mark.postgres
async def test_data_of_another_version_is_not_used(dsn: str, tmp_path: Path) -> None:
    await check_schema(dsn, tmp_path)
    connection = await asyncpg.connect(dsn)
    await connection.execute("insert into schema_migrations (version) values ('20990101000000')")
    await connection.close()
    with pytest.raises(EmbeddedError, match=r"was made by another version of the service. Use that version, or remove"):
        await check_schema(dsn, tmp_path)


START = """
import asyncio, sys
from pathlib import Path
from devstack.up import run_up
asyncio.run(run_up(as_json=False, folder=Path(sys.argv[1])))
"""


@pytest.mark.postgres
async def test_a_start_that_is_interrupted_says_that_it_can_be_repeated(
    free_ports: dict[str, str], tmp_path: Path
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", START, str(tmp_path)),
        cwd=ROOT,
        env={**os.environ, **free_ports},
        stderr=asyncio.subprocess.PIPE,
    )
    while not (tmp_path / "postgres").exists():
        assert process.returncode is None
        await asyncio.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, printed = await process.communicate()

    first, *_ = printed.decode().splitlines()
    assert first == "rj: Stopped before everything had started. Nothing is lost: start it again with rj up."
    assert not (tmp_path / COMPLETE).exists()
    # A superuser's cluster lies elsewhere.
    shutil.rmtree((tmp_path / "postgres" / "cluster").resolve(), ignore_errors=True)


def test_stored_mails_are_listed_the_newest_first(tmp_path: Path) -> None:
    assert stored_mails(tmp_path / "none") == []
    for second in (1, 2):
        mail = f"To: vlo@agencies.example\r\nSubject: Mail {second}\r\n\r\nText"
        (tmp_path / f"20261130T14480{second}.000000Z.eml").write_text(mail)
    newest, oldest = stored_mails(tmp_path)
    assert isinstance(newest, StoredMail)
    assert (newest.to, newest.subject, oldest.subject) == ("vlo@agencies.example", "Mail 2", "Mail 1")
    assert newest.sent_at.isoformat() == "2026-11-30T14:48:02+00:00"
