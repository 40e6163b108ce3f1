"""The loop of a job: at once while there is work, with growing pauses while it fails, and over when it is stopped."""

import asyncio

import structlog

from adapters.polling import PollingLoop


class Job(PollingLoop):
    """Returns or raises what it is given, one after the other, and then stops."""

    def __init__(self, *results: float | Exception | None) -> None:
        super().__init__("job")
        self.results = list(results)
        self.finished = False
        self.polled = asyncio.Event()

    async def poll(self) -> float | None:
        result = self.results.pop(0)
        self.polled.set()
        if not self.results:
            self.stop()
        if isinstance(result, Exception):
            raise result
        return result

    async def finish(self) -> None:
        self.finished = True


async def test_a_job_is_polled_at_once_while_there_is_work_and_finished_in_the_end() -> None:
    job = Job(*[0.0] * 1000)
    async with asyncio.timeout(120):
        await job.run()

    assert (job.results, job.finished) == ([], True)


async def test_whatever_fails_is_logged_without_its_text_and_tried_again() -> None:
    job = Job(ValueError("Marked-Name Ashworth"), OSError("Marked-Name Ashworth"), 0.0)
    with structlog.testing.capture_logs() as lines:
        async with asyncio.timeout(120):
            running = asyncio.create_task(job.run())
            while not running.done():
                job.wake()
                await asyncio.sleep(0.01)

    assert [(line["event"], line["job"]) for line in lines] == [
        ("job.failed", "job"),
        ("job.database_unavailable", "job"),
    ]
    assert lines[0]["error"].startswith("ValueError (")
    assert "Ashworth" not in str(lines)


async def test_a_pause_ends_when_the_job_is_woken_or_stopped() -> None:
    job = Job(3600.0, 3600.0, None)
    running = asyncio.create_task(job.run())
    async with asyncio.timeout(120):
        await job.polled.wait()
        job.polled.clear()
        job.wake()
        await job.polled.wait()
        job.stop()
        await running

    assert len(job.results) == 1
