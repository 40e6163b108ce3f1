"""Logs: one event a line on standard error, ours and the libraries' in the same form.

Events carry references and codes. Bodies, names and free text are not logged, and what would bring them in
by the back door (further lines of an exception, access logs, local variables) is left out here.
"""

import logging
import sys
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


def configure_logging(settings_format: LogFormat, level: str) -> None:
    """Sets logging up for the whole process; `level` is debug, info, warning or error."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_shared(), _for_formatter()],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    root = logging.getLogger()
    root.handlers = [_handler(settings_format)]
    root.setLevel(level.upper())
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, root.level))
    _hand_over_uvicorn()


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_exception,
    ]


def _for_formatter() -> Processor:
    return structlog.stdlib.ProcessorFormatter.wrap_for_formatter


def _handler(settings_format: LogFormat) -> logging.Handler:
    last: Processor = (
        structlog.processors.JSONRenderer()
        if settings_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared(),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    return handler


def _hand_over_uvicorn() -> None:
    """uvicorn brings handlers of its own; run it with `log_config=None` and its lines come here."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True


def _name_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces `exc_info` by `raised`: what failed and where, each cause in turn."""
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
