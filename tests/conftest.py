"""The real servers, started once a session where a test asks, and a database of its own for each test."""

import gc
import os
import re
import signal
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from hypothesis import settings

from adapters.migrations import MIGRATIONS, migrate
from devstack.embedded import TemporalServer, attribute_types, postgres, temporal_server
from log import configure_logging
from shutdown import hard_exit

# As the service does: structlog's own defaults render a traceback with all local variables on the event loop.
configure_logging("json", "info")

# What the user has set for terminal, language, zone, databases or this service reaches no test and no command
# that a test starts: what is printed and which server is asked would depend on it.
USERS_OWN = re.compile(
    r"RJ_|PG[A-Z]|TEMPORAL_|AWS_|LC_|(COLUMNS|LINES|LANG|LANGUAGE|TZ|NO_COLOR|FORCE_COLOR|CLICOLOR\w*|VISUAL|EDITOR"
    r"|PAGER|BROWSER|XDG_STATE_HOME|XDG_RUNTIME_DIR|PYTHONDONTWRITEBYTECODE)$"
)
for name in [name for name in os.environ if USERS_OWN.match(name)]:
    del os.environ[name]
# The readline library, which pytest loads, sets these where Python does not see them.
for name in ("COLUMNS", "LINES"):
    os.unsetenv(name)
# Without bytecode of its own, every process that runs tests would rewrite all of them, each time.
sys.dont_write_bytecode = False
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

# A run in the background of a script ignores Ctrl-C, and so would the commands that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The outcome of a run depends neither on chance nor on the speed of the machine.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

TEMPLATE = "migrated"
TESTS = Path(__file__).parent

# Others must have left by then: what they still wrote would be the next test's.
_DISCONNECT = """
select pg_terminate_backend(pid, 60000) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""

_EMPTY = """
do $$
declare emptied regclass;
begin
    set local session_replication_role = replica;
    for emptied in
        select oid from pg_class
        where relkind = 'r' and relnamespace in ('public'::regnamespace, 'vault'::regnamespace)
            and relname not in ('schema_migrations', 'changes_pruned')
    loop
        execute format('delete from %s', emptied);
    end loop;
    update changes_pruned set position = 0;
    perform setval(seqrelid, seqstart, false) from pg_sequence;
end
$$
"""

_SCHEMA = " union all ".join(
    f"select count(*), sum(xmin::text::bigint) from {table}"  # noqa: S608 - the names below
    for table in ("pg_class", "pg_attribute", "pg_constraint", "pg_index", "pg_proc", "pg_trigger", "schema_migrations")
)
"""Of every row which describes the schema: in which transaction it was written."""


@pytest.fixture(scope="session")
async def postgres_dsn() -> AsyncIterator[str]:
    """The address of an empty database on a real PostgreSQL; its user may make others."""
    # What survives a power cut is no test's subject.
    async with postgres(None, durable=False) as dsn:
        yield dsn


@pytest.fixture(scope="session")
async def _template_dsn(postgres_dsn: str) -> str:
    """A database with the present schema, for others to be copied from: nobody may stay connected to it."""
    await _execute(postgres_dsn, f"create database {TEMPLATE}")
    dsn = at_database(postgres_dsn, TEMPLATE)
    if any(MIGRATIONS.glob("*.sql")):
        migrate(dsn)
    return dsn


@pytest.fixture(scope="session")
async def _schema(_template_dsn: str) -> list[asyncpg.Record]:
    """What every database has that nobody has changed."""
    async with connection_to(_template_dsn) as connection:
        return list(await connection.fetch(_SCHEMA))


@pytest.fixture(scope="session")
def _empty_databases() -> list[str]:
    """The addresses of databases that no test uses now, as good as new."""
    return []


@pytest.fixture
async def dsn(postgres_dsn: str, _schema: list[asyncpg.Record], _empty_databases: list[str]) -> AsyncIterator[str]:
    """The address of a database with the present schema and nothing in it, for this test alone.

    A database is used again, since making one costs far more than emptying it; not one whose schema a test changed.
    """
    address = _empty_databases.pop() if _empty_databases else await _create_database(postgres_dsn, TEMPLATE)
    yield address
    async with connection_to(address) as connection:
        await connection.execute(_DISCONNECT)
        await empty_database(connection)
        is_as_new = list(await connection.fetch(_SCHEMA)) == _schema
    if is_as_new:
        _empty_databases.append(address)
    else:
        await _drop_database(postgres_dsn, address)


async def empty_database(connection: "asyncpg.Connection | asyncpg.Pool") -> None:
    """Leave the rows alone that the schema has from the beginning, and count from 1 again."""
    await connection.execute(_EMPTY)


@pytest.fixture
async def empty_dsn(postgres_dsn: str) -> AsyncIterator[str]:
    """The address of a fresh database with nothing in it, for this test alone."""
    async with fresh_database(postgres_dsn, "template0") as address:
        yield address


@asynccontextmanager
async def fresh_database(postgres_dsn: str, template: str) -> AsyncIterator[str]:
    """The address of a copy of `template`, which is removed afterwards."""
    address = await _create_database(postgres_dsn, template)
    yield address
    await _drop_database(postgres_dsn, address)


async def _create_database(postgres_dsn: str, template: str) -> str:
    name = f"test_{uuid.uuid4().hex}"
    await _execute(postgres_dsn, f"create database {name} template {template} strategy file_copy")
    return at_database(postgres_dsn, name)


async def _drop_database(postgres_dsn: str, address: str) -> None:
    name = address.rpartition("?")[0].rpartition("/")[2]
    await _execute(postgres_dsn, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[TemporalServer]:
    """A real Temporal server in real time, with the search attributes of the service."""
    # Imported here, so that a test of something smaller does not load the workflows.
    from workflows.names import SEARCH_ATTRIBUTES  # noqa: PLC0415

    attributes = attribute_types(SEARCH_ATTRIBUTES)
    async with temporal_server(None, ui=False, search_attributes=attributes) as server:
        yield server


def at_database(dsn: str, name: str) -> str:
    """The same server's address, with another database."""
    server, _, options = dsn.rpartition("?")
    return f"{server.rpartition('/')[0]}/{name}?{options}"


@asynccontextmanager
async def connection_to(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to this database."""
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def _execute(dsn: str, statement: str) -> None:
    async with connection_to(dsn) as connection:
        await connection.execute(statement)


SLOW_FIRST = (
    "integration",
    "benchmarks",
    "workflows",
    "test_server.py",
    "test_server_messages.py",
    "cli/test_operating_guide.py",
)
"""What takes longest: begun last, it would go on alone after everything else has ended."""

SECONDS_OF_A_LONG_TEST = 3600
"""Only for tests that hang."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.timeout(SECONDS_OF_A_LONG_TEST))
    items.sort(key=lambda item: not item.path.relative_to(TESTS).as_posix().startswith(SLOW_FIRST))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record-histories", action="store_true", help="keep the histories that the lives make")


@pytest.fixture
def record_histories(request: pytest.FixtureRequest) -> bool:
    """Whether the histories of this run are to be stored in `tests/histories/`."""
    return bool(request.config.getoption("--record-histories"))


class _HardExit:
    """Ends the test run as the entry points end: see `shutdown`."""

    code = 0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Iterator[None]:
        yield
        self.code = int(session.exitstatus)

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        hard_exit(self.code)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_HardExit())


def pytest_collection_finish() -> None:
    """Thousands of tests and all modules last as long as the process: looking through them time and again is slow."""
    gc.collect()
    gc.freeze()
