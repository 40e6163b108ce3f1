"""How the worker and the server run as processes."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from log import configure_logging
from settings import Settings, SettingsError, load_settings
from shutdown import stop_event

log = structlog.get_logger("service")

Run = Callable[[Settings, asyncio.Event], Awaitable[None]]


def run_service(name: str, run: Run) -> int:
    """Run with the settings of the environment until SIGINT or SIGTERM, and return the exit code.

    It is 2 where the settings cannot be used, and 1 where `run` fails.
    """

    async def run_until_signalled(settings: Settings) -> None:
        await run(settings, stop_event())

    configure_logging("json", "info")
    try:
        settings = load_settings()
        configure_logging(settings.log_format, settings.log_level)
        asyncio.run(run_until_signalled(settings))
    except SettingsError as error:
        log.error("settings.invalid", error=str(error))  # noqa: TRY400 - its text says it all
        return 2
    except Exception as error:
        cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
        event = f"{name}.failed"
        log.exception(event, exc_info=cause)
        return 1
    return 0


async def run_unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Run `work` until `stop` is set, and return whether it ended by itself."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if working.done():
        working.result()
        return True
    working.cancel()
    return False
