"""One database, one mail server and one GOV.UK Notify for all of these tests, emptied after each."""

import uuid
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from adapters.notify_notices import NotifyNotices
from adapters.postgres import open_pool
from tests.adapters.notices.mailbox import Mailbox, mail_server
from tests.adapters.notices.notify_api import API_KEY, NotifyApi
from tests.adapters.notices.ways import CONTACT, TEMPLATES, Notify
from tests.serving import served


@pytest.fixture(scope="session")
async def _pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    name, template = f"notices_{uuid.uuid4().hex}", _template_dsn.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute(f"create database {name} template {template} strategy file_copy")
    await connection.close()
    pool = await open_pool(_template_dsn.replace(f"/{template}?", f"/{name}?"))
    # So that a case can be made away with after its test.
    await pool.execute("drop trigger entries_are_append_only on entries")
    yield pool
    pool.terminate()


@pytest.fixture
async def pool(_pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """A database with nothing in it."""
    yield _pool
    await _pool.execute("truncate notices, entries, waits, cases, vault.victims")


@pytest.fixture(scope="session")
def _mailbox() -> Iterator[Mailbox]:
    with mail_server() as mailbox:
        yield mailbox


@pytest.fixture
def mailbox(_mailbox: Mailbox) -> Mailbox:
    """A mailbox with nothing in it."""
    _mailbox.messages.clear()
    _mailbox.refusing.clear()
    return _mailbox


@pytest.fixture(scope="session")
async def _notify() -> AsyncIterator[Notify]:
    api = NotifyApi()
    async with served(api.application()) as api.url, NotifyNotices(api.url, API_KEY, TEMPLATES, CONTACT) as way:
        yield api, way


@pytest.fixture
def notify(_notify: Notify) -> Notify:
    """GOV.UK Notify to which nothing was sent yet, and the way to it."""
    _notify[0].forget()
    return _notify
