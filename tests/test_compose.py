import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from settings import PREFIX, Settings, load_settings
from tests.token_keys import TOKEN_KEY_TEXT

COMPOSE = Path(__file__).parent.parent / "docker-compose.yml"
OURS = ("migrations", "server", "worker")

reads_compose = pytest.mark.skipif(
    shutil.which("docker-compose") is None, reason="docker-compose is not installed here; CI installs it"
)


@pytest.fixture
def services() -> dict[str, dict[str, Any]]:
    content: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(COMPOSE.read_text())
    return content["services"]


def _config(**environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["docker-compose", "--file", str(COMPOSE), "config"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@reads_compose
@pytest.mark.parametrize("name", OURS)
def test_what_our_containers_are_given_is_accepted_as_settings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = _config(RJ_POSTGRES_PASSWORD="made-up", RJ_TOKEN_KEY=TOKEN_KEY_TEXT)
    assert done.returncode == 0, done.stderr

    for variable, value in yaml.safe_load(done.stdout)["services"][name]["environment"].items():
        monkeypatch.setenv(variable, str(value))
    assert load_settings().temporal_address == "temporal:7233"


@reads_compose
def test_nothing_starts_without_a_password_or_a_key_of_its_own() -> None:
    done = _config(RJ_TOKEN_KEY=TOKEN_KEY_TEXT)
    assert done.returncode != 0
    assert "choose a password" in done.stderr

    done = _config(RJ_POSTGRES_PASSWORD="made-up")
    assert done.returncode != 0
    assert "make a key" in done.stderr


@pytest.mark.parametrize("name", OURS)
def test_our_containers_get_every_required_setting_and_no_unknown_one(
    name: str, services: dict[str, dict[str, Any]]
) -> None:
    given = {variable for variable in services[name]["environment"] if variable.startswith(PREFIX)}
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    required = {PREFIX + field.upper() for field, info in Settings.model_fields.items() if info.is_required()}

    assert given <= known
    assert required <= given


def test_every_setting_reaches_a_container_unless_it_names_a_file_or_suits_as_it_is(
    services: dict[str, dict[str, Any]],
) -> None:
    given = {variable for name in OURS for variable in services[name]["environment"]}
    files = {"CLOCK_FILE", "TOKEN_KEY_FILE", "HMPPS_CA", "HMPPS_CERT", "HMPPS_KEY", "SMTP_CA"}
    # Temporal is the one in compose, and the HMPPS register needs files.
    other_temporal = {"NAMESPACE", "API_KEY", "TLS", "TLS_CERT", "TLS_KEY", "TLS_CA", "UI_URL"}
    suits = {"ANSWER_LINK_DAYS", "HMPPS_API_KEY", "LOCAL", "LOG_LEVEL", "NOTIFY_URL", "TASK_QUEUE"}
    left = files | {f"TEMPORAL_{name}" for name in other_temporal} | suits

    assert {PREFIX + field.upper() for field in Settings.model_fields} - given == {PREFIX + name for name in left}


def test_no_other_container_is_given_a_setting_of_ours(services: dict[str, dict[str, Any]]) -> None:
    others = {name: service for name, service in services.items() if name not in OURS}

    assert not [
        (name, variable)
        for name, service in others.items()
        for variable in service.get("environment", {})
        if variable.startswith(PREFIX)
    ]


def test_workers_can_be_scaled(services: dict[str, dict[str, Any]]) -> None:
    assert not services["worker"].keys() & {"container_name", "ports"}


def test_images_are_the_versions_that_the_embedded_stack_runs(services: dict[str, dict[str, Any]]) -> None:
    assert services["postgres"]["image"] == "postgres:18"
    assert services["temporal"]["image"] == "temporalio/server:1.32.0"
    assert services["temporal-schema"]["image"] == "temporalio/admin-tools:1.32.0"


def test_the_image_holds_every_package_that_runs() -> None:
    root = COMPOSE.parent
    packages = {path.parent.name for path in root.glob("*/__init__.py")} - {"benchmarks", "catalogues"} | {"migrations"}
    taken = {line.removeprefix("!") for line in (root / ".dockerignore").read_text().splitlines()}
    assert packages <= taken
