import asyncio
import json
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from adapters.migrations import MIGRATIONS, MigrationError, migrate
from domain.areas import AREA_PATTERN

pytestmark = pytest.mark.postgres

FIRST = "-- migrate:up\ncreate table first (id int primary key);\n-- migrate:down\n"
SECOND = "-- migrate:up\ncreate table second (id int references first);\n-- migrate:down\n"
WRONG = "-- migrate:up\ncreate table third (id int);\nselect nothing_of_the_kind;\n-- migrate:down\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text(FIRST)
    (tmp_path / "0002_second.sql").write_text(SECOND)
    return tmp_path


async def _fetch(dsn: str, statement: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row[0] for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def _tables(dsn: str) -> list[str]:
    return await _fetch(
        dsn, "select tablename from pg_tables where schemaname = 'public' order by tablename collate \"C\""
    )


def test_each_migration_has_a_unique_number() -> None:
    numbers = [path.name.partition("_")[0] for path in MIGRATIONS.glob("*.sql")]
    assert len(numbers) == len(set(numbers))


async def test_migrations_are_applied_in_order(empty_dsn: str, folder: Path) -> None:
    migrate(empty_dsn, folder)

    assert await _tables(empty_dsn) == ["first", "schema_migrations", "second"]


async def test_a_second_run_changes_nothing(empty_dsn: str, folder: Path) -> None:
    migrate(empty_dsn, folder)
    migrate(empty_dsn, folder)

    assert await _fetch(empty_dsn, "select version from schema_migrations order by 1") == ["0001", "0002"]


async def test_two_simultaneous_migrations_wait_for_each_other(empty_dsn: str, folder: Path) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrate, empty_dsn, folder) for _ in range(2)))

    assert await _tables(empty_dsn) == ["first", "schema_migrations", "second"]


async def test_a_failing_migration_changes_nothing_and_reports_why(empty_dsn: str, folder: Path) -> None:
    (folder / "0003_third.sql").write_text(WRONG)

    with pytest.raises(MigrationError, match="nothing_of_the_kind"):
        migrate(empty_dsn, folder)

    assert await _tables(empty_dsn) == ["first", "schema_migrations", "second"]


async def test_no_file_is_written_to_the_folder_of_migrations(empty_dsn: str, folder: Path) -> None:
    migrate(empty_dsn, folder)

    assert sorted(path.name for path in folder.iterdir()) == ["0001_first.sql", "0002_second.sql"]


def test_the_command_without_an_address_says_which_variable_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "adapters.migrations"],
        capture_output=True,
        text=True,
        check=False,
    )

    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (done.returncode, line["error"]) == (2, "RJ_DATABASE_URL: is not set")


async def test_the_schema_of_the_service_can_be_applied_again(dsn: str) -> None:
    migrate(dsn)

    applied = await _fetch(dsn, "select version from schema_migrations order by 1")
    assert applied == sorted(path.name.partition("_")[0] for path in MIGRATIONS.glob("*.sql"))


async def test_the_schema_has_the_pattern_of_area_codes(dsn: str) -> None:
    checks = await _fetch(
        dsn, "select pg_get_constraintdef(oid) from pg_constraint where conname = 'agencies_area_check'"
    )
    assert f"^{AREA_PATTERN}$" in checks[0]
