"""One database, one mail server and one GOV.UK Notify for all of these tests, emptied after each."""

from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from adapters.channels.notify import NotifyChannel
from tests.adapters.notifications.database import shared_database
from tests.adapters.notifications.mailbox import Mailbox, mail_server
from tests.adapters.notifications.notify_api import API_KEY, NotifyApi
from tests.adapters.notifications.senders import TEMPLATES, Notify
from tests.conftest import empty_database
from tests.serving import serve_app


@pytest.fixture(scope="session")
async def _pool(postgres_dsn: str, _template_dsn: str) -> AsyncIterator[asyncpg.Pool]:
    async with shared_database(postgres_dsn) as (_, pool):
        yield pool


@pytest.fixture
async def pool(_pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Pool]:
    """A database with nothing in it."""
    yield _pool
    await empty_database(_pool)


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
    async with serve_app(api.application()) as api.url, NotifyChannel(api.url, API_KEY, TEMPLATES) as way:
        yield api, way


@pytest.fixture
def notify(_notify: Notify) -> Notify:
    """GOV.UK Notify to which nothing was sent yet, and the way to it."""
    _notify[0].forget()
    return _notify
