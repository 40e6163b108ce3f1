"""How a command ends: whatever goes wrong is one line on standard error and a code, never a traceback.

0: done. 1: `verify` found something. 2: a mistake of the caller, a refusal, or something that is away. 70: a fault of
ours. 130: interrupted. 141: whoever read the output has gone.
"""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from typer import Abort
from typer.exceptions import TyperException

EXIT_FINDINGS, EXIT_USAGE, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_NO_READER = 1, 2, 70, 130, 141


class UsageError(Exception):
    """What the caller asked for cannot be done; the text says why, in one line that they can act on."""


def run_to_exit_code(command: Callable[[], object]) -> int:
    """Run `command`; the code to end with. What went wrong is said on standard error."""
    try:
        code = command()
        sys.stdout.flush()
    except UsageError as mistake:
        return _say(str(mistake), EXIT_USAGE)
    except TyperException as error:
        return _say(error.format_message() + _help_for(error), EXIT_USAGE)
    except (KeyboardInterrupt, Abort):
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # Of the two, the second is how typer ends when its reader has gone.
        return EXIT_NO_READER
    except OSError as error:
        return _say(f"{error.strerror or type(error).__name__}{_named(error.filename)}", EXIT_USAGE)
    except Exception as error:  # noqa: BLE001 - the last stop: a user never sees a traceback
        return _unexpected(error)
    return code if isinstance(code, int) else 0


def fail(line: str) -> NoReturn:
    """Raise UsageError."""
    raise UsageError(line)


def warn(line: str) -> None:
    """Say something on standard error, in one line."""
    _say(line, 0)


def _say(line: str, code: int) -> int:
    sys.stderr.write(f"rj: {' '.join(line.split())}\n")
    sys.stderr.flush()
    return code


def _help_for(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    return f" (see {context.command_path} --help)" if context else ""


def _named(file: object) -> str:
    return f": {file}" if file else ""


def is_debugging() -> bool:
    """Whether details of what goes wrong are wanted."""
    return os.environ.get("RJ_LOG_LEVEL", "").lower() == "debug"


def _unexpected(error: Exception) -> int:
    if is_debugging():
        _log(error)
    hint = "" if is_debugging() else "; RJ_LOG_LEVEL=debug shows where"
    return _say(f"this should not have happened: {type(error).__name__}{hint}", EXIT_INTERNAL)


def _log(error: Exception) -> None:
    import structlog  # noqa: PLC0415 - needed by hardly any run

    from log import configure_logging  # noqa: PLC0415

    configure_logging("json", "debug")
    structlog.get_logger("cli").debug("cli.unexpected", exc_info=error)
