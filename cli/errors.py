"""How a command ends: whatever goes wrong is one line on standard error and a code, never a traceback.

0: done. 1: `verify` found something. 2: a mistake of the caller, a refusal, or something that is away. 70: a fault of
ours. 130: interrupted. 141: whoever read the output has gone.
"""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from typer import Abort
from typer.core import TyperGroup
from typer.exceptions import TyperException

FOUND, MISTAKEN, OUR_FAULT, INTERRUPTED, NO_READER = 1, 2, 70, 130, 141


class Mistake(Exception):
    """What the caller asked for cannot be done; the text says why, in one line that they can act on."""


class OneLine(TyperGroup):
    """The commands, of which each ends as this module says."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command that `args` name, and end the process; where not `standalone_mode`, give its code."""
        run = super().main
        code = code_of(lambda: run(args, prog_name, complete_var, False, windows_expand_args, **extra))
        if standalone_mode:
            sys.exit(code)
        return code


def code_of(command: Callable[[], object]) -> int:
    """Run `command`; the code to end with. What went wrong is said on standard error."""
    try:
        code = command()
        sys.stdout.flush()
    except Mistake as mistake:
        return _say(str(mistake), MISTAKEN)
    except TyperException as error:
        return _say(error.format_message() + _help_for(error), MISTAKEN)
    except (KeyboardInterrupt, Abort):
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # Of the two, the second is how typer ends when its reader has gone.
        return NO_READER
    except OSError as error:
        return _say(f"{error.strerror or type(error).__name__}{_named(error.filename)}", MISTAKEN)
    except Exception as error:  # noqa: BLE001 - the last stop: a user never sees a traceback
        return _unexpected(error)
    return code if isinstance(code, int) else 0


def fail(line: str) -> NoReturn:
    """Raise Mistake."""
    raise Mistake(line)


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
    return _say(f"this should not have happened: {type(error).__name__}{hint}", OUR_FAULT)


def _log(error: Exception) -> None:
    import structlog  # noqa: PLC0415 - needed by hardly any run

    from log import configure_logging  # noqa: PLC0415

    configure_logging("json", "debug")
    structlog.get_logger("cli").debug("cli.unexpected", exc_info=error)
