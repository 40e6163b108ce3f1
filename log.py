"""Logs: one JSON object a line on standard error, the libraries' lines and uncaught exceptions in the same form.

Events have references and codes. Bodies, names and free text are not logged, and neither is what would bring them in
unnoticed: further lines of an exception, access logs, local variables.
"""

import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from typing import Literal

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

LogFormat = Literal["json", "console"]

QUIET = {
    # One line a request says nothing that the case file does not, and its address may carry a search.
    "uvicorn.access": logging.WARNING,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "asyncio": logging.WARNING,
    # Of what GOV.UK Notify refuses it repeats the answer, which may repeat what was sent.
    "notifications_python_client": logging.ERROR,
}


def configure_logging(log_format: LogFormat, level: str) -> None:
    """Set up logging for the whole process; `level` is debug, info, warning or error."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _describe_exception,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        # uvicorn brings handlers of its own; run with `log_config=None`, its lines come here.
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    logging.captureWarnings(capture=True)
    sys.excepthook = lambda _type, error, _traceback: _log_crash(error)
    threading.excepthook = lambda crash: _log_crash(crash.exc_value)


def _log_crash(error: BaseException | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    structlog.get_logger("log").critical("process.crashed", exc_info=error)


def _describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace `exc_info` by `raised`: what failed and where, with each cause in turn."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    error = raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        event["raised"] = [_describe_with_text(cause) for cause in _causes(error)]
    return event


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _describe_with_text(error: BaseException) -> str:
    """Return `Type: first line (place)`. PostgreSQL and pydantic quote rows in further lines."""
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__}: {first}{_place(error)}"


def describe_error(error: BaseException) -> str:
    """Return `Type (file:line function < caller)`, without the text of the error, which may name somebody."""
    return f"{type(error).__name__}{_place(error)}"


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f" ({where})" if where else ""
