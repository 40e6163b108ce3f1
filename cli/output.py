"""What a command prints: for people in words and columns, or with `--json` as JSON and nothing beside it."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

WIDTH_WITHOUT_TERMINAL = 200
"""Columns, where nobody says how wide the output is: enough for a line of any list."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's answer goes."""

    as_json: bool = False

    def answer(self, value: Mapping[str, Any], *lines: str) -> None:
        """One answer: `value` as JSON, or the lines."""
        if self.as_json:
            self._value(value)
        else:
            self.say(*lines)

    def rows(self, columns: Sequence[str], rows: Iterable[tuple[Mapping[str, Any], Sequence[str]]], none: str) -> None:
        """A list, each row as JSON and as cells: JSON lines, or a table; `none` is said of an empty one."""
        if self.as_json:
            for value, _ in rows:
                self._value(value)
            return
        cells = [each for _, each in rows]
        if cells:
            _table(columns, cells)
        else:
            self.say(none)

    def say(self, *lines: str) -> None:
        """Lines for people; nothing where JSON is wanted."""
        if not self.as_json:
            sys.stdout.writelines(f"{line}\n" for line in lines)

    def _value(self, value: object) -> None:
        sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_written) + "\n")


def output(context: typer.Context, as_json: bool) -> Output:
    """The output that a command's options ask for, before or after its name."""
    return Output(as_json or bool((context.obj or {}).get("json")))


def printable(line: str) -> str:
    """The line without what would steer a terminal: it may be anybody's."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - other commands start sooner without it
    from rich.table import Table  # noqa: PLC0415

    table = Table(*columns, box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for row in rows:
        table.add_row(*row)
    console = Console(markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL
    console.print(table)


def _written(value: object) -> object:
    """What JSON does not know: dates in ISO 8601, dataclasses as objects."""
    from domain.plain import plain  # noqa: PLC0415

    return plain(value)
