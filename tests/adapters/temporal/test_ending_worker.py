"""A worker that is stopped ends, whatever the SDK waits for."""

import asyncio
from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from temporalio.worker import Worker

from adapters.temporal import ending_worker
from adapters.temporal.ending_worker import EndingWorker


@pytest.fixture
def worker() -> EndingWorker:
    return EndingWorker.__new__(EndingWorker)


async def test_a_shutdown_that_never_ends_is_left(worker: EndingWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    async def wait_for_ever(self: Worker, *args: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Worker, "__aexit__", wait_for_ever)
    monkeypatch.setattr(ending_worker, "SHUTDOWN_TIMEOUT", timedelta(milliseconds=20))
    with capture_logs() as logs:
        await worker.__aexit__(None)
    assert [line["event"] for line in logs] == ["worker.shutdown_abandoned"]


async def test_an_error_of_the_worker_is_raised(worker: EndingWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(self: Worker, *args: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(Worker, "__aexit__", fail)
    with pytest.raises(TimeoutError):
        await worker.__aexit__(None)
