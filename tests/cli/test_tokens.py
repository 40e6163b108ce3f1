"""`rj token`: for the embedded stack, and for nothing else."""

import asyncio
import json
from pathlib import Path

import pytest
from cli.tokens import ISSUER_FOLDER, given, local_stack
from joserfc import jws

from cli.errors import UsageError
from devstack.issuer import create_issuer, load_issuer
from devstack.processes import free_port
from devstack.stack import ISSUER_FOLDER as IN_THE_STACK
from tests.cli.shell import Shell
from tests.serving import served


def as_stack(folder: Path, url: str) -> dict[str, str]:
    return {"RJ_DATABASE_URL": "postgresql://rj@127.0.0.1:5/rj", "RJ_OIDC_ISSUER": url, ISSUER_FOLDER: str(folder)}


async def test_a_token_is_for_whom_it_is_wanted(tmp_path: Path) -> None:
    port = free_port()
    stack = as_stack(tmp_path, f"http://127.0.0.1:{port}")
    async with served(create_issuer(load_issuer(tmp_path, stack["RJ_OIDC_ISSUER"])), port):
        for wanted, expected in (
            (("", ("supervisor",), ("eastmoor",)), ("s.lindqvist", ["supervisor"], ["eastmoor"])),
            (("", ("auditor",), ()), ("a.moreau", ["auditor"], ["*"])),
            (("c.okafor", (), ()), ("c.okafor", ["caseworker"], ["eastmoor"])),
            (("c.okafor", (), ("westhaven",)), ("c.okafor", ["caseworker"], ["westhaven"])),
            (("x.y", ("caseworker", "admin"), ()), ("x.y", ["caseworker", "admin"], ["*"])),
        ):
            token = (await asyncio.to_thread(given, stack, *wanted))["access_token"]
            claims = json.loads(jws.extract_compact(token.encode()).payload)
            assert (claims["sub"], claims["roles"], claims["areas"]) == expected
        with pytest.raises(UsageError, match="gives no token"):
            await asyncio.to_thread(given, stack, "nobody", (), ())
    with pytest.raises(UsageError, match="does not answer"):
        await asyncio.to_thread(given, stack, "c.okafor", (), ())


def test_it_is_refused_where_no_embedded_stack_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_file = tmp_path / "settings.json"
    monkeypatch.delenv("RJ_DATABASE_URL", raising=False)
    with pytest.raises(UsageError, match="is for the embedded stack"):
        local_stack(run_file)
    run_file.write_text(json.dumps({"RJ_DATABASE_URL": "postgresql://rj@127.0.0.1:5/rj"}))
    with pytest.raises(UsageError, match="is for the embedded stack"):
        local_stack(run_file)
    run_file.write_text(json.dumps(as_stack(tmp_path, "http://127.0.0.1:1")))
    assert local_stack(run_file)[ISSUER_FOLDER] == str(tmp_path)
    monkeypatch.setenv("RJ_DATABASE_URL", "postgresql://rj@db.example/rj")
    with pytest.raises(UsageError, match="RJ_OIDC_ISSUER"):
        local_stack(run_file)


def test_whoever_has_the_settings_of_an_embedded_stack_needs_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in as_stack(tmp_path, "http://127.0.0.1:1").items():
        monkeypatch.setenv(name, value)

    assert local_stack(tmp_path / "settings.json")[ISSUER_FOLDER] == str(tmp_path)


async def test_outside_local_mode_it_says_so_in_one_line() -> None:
    shell = Shell({"RJ_DATABASE_URL": "postgresql://rj@127.0.0.1:1/rj"})
    for arguments, said in (
        (("--role", "supervisor"), "embedded stack"),
        ((), "--person"),
        (("--role", "king"), "caseworker"),
    ):
        ended = await shell.rj("token", *arguments)
        assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
        assert said in ended.err


def test_both_sides_name_the_folder_of_the_issuer_alike() -> None:
    assert ISSUER_FOLDER == IN_THE_STACK
