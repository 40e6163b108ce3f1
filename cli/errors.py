"""How a command ends: whatever goes wrong is one line on standard error and a code, never a traceback.

0: done. 1: something was found, or one of many cases was not done. 2: a mistake in the command, a refusal, or something
that is unavailable. 70: an internal error. 130: interrupted. 141: the reader of the output is gone.
"""

import os
import sys
import warnings
from collections.abc import Callable
from typing import NoReturn

from typer import Abort
from typer.exceptions import TyperException

EXIT_FINDINGS, EXIT_USAGE, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_NO_READER = 1, 2, 70, 130, 141


class UsageError(Exception):
    """What the user asked for cannot be done; the text says why, in one line that they can act on."""


def run_to_exit_code(command: Callable[[], object]) -> int:
    """Run `command`, print on standard error what goes wrong, and return the code to end with."""
    if not is_debugging():
        # An interrupt may come between the creation of a coroutine and its first step.
        warnings.filterwarnings("ignore", r"coroutine '.*' was never awaited", RuntimeWarning)
    try:
        code = command()
        sys.stdout.flush()
    except UsageError as error:
        return _end(str(error), EXIT_USAGE)
    except TyperException as error:
        message, context = error.format_message(), getattr(error, "ctx", None)
        if not message:
            # It has printed the help of a group of commands.
            return 0
        return _end(f"{message} (see {context.command_path} --help)" if context else message, EXIT_USAGE)
    except (KeyboardInterrupt, Abort):
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # Of the two, the second is how typer ends when its reader is gone.
        return EXIT_NO_READER
    except OSError as error:
        file = f": {error.filename}" if error.filename else ""
        return _end(f"{error.strerror or type(error).__name__}{file}", EXIT_USAGE)
    except Exception as error:  # noqa: BLE001 - the last stop: a user never sees a traceback
        return _end_unexpectedly(error)
    return code if isinstance(code, int) else 0


def fail(line: str) -> NoReturn:
    """Raise UsageError."""
    raise UsageError(line)


def warn(line: str) -> None:
    """Print something on standard error, in one line."""
    sys.stderr.write(f"rj: {' '.join(line.split())}\n")
    sys.stderr.flush()


def is_debugging() -> bool:
    """Whether details of what goes wrong are wanted."""
    return os.environ.get("RJ_LOG_LEVEL", "").lower() == "debug"


def _end(line: str, code: int) -> int:
    warn(line)
    return code


def _end_unexpectedly(error: Exception) -> int:
    hint = "; RJ_LOG_LEVEL=debug shows where"
    if is_debugging():
        import structlog  # noqa: PLC0415 - needed by hardly any run

        from log import configure_logging  # noqa: PLC0415

        configure_logging("json", "debug")
        structlog.get_logger("cli").debug("cli.unexpected", exc_info=error)
        hint = ""
    return _end(f"this should not have happened: {type(error).__name__}{hint}", EXIT_INTERNAL)
