"""What a command prints: for people in words and columns, or with `--json` as JSON and nothing else."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from textwrap import wrap
from typing import Annotated, Any

import typer

WIDTH_WITHOUT_TERMINAL = 10_000
"""Columns, where the output goes to a file or a program: no line is wrapped."""
GAP = 2

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's answer goes."""

    as_json: bool = False

    def answer(self, value: Mapping[str, Any], *lines: str) -> None:
        """Print one answer: `value` as JSON, or the lines."""
        if self.as_json:
            sys.stdout.write(json.dumps(value, ensure_ascii=False, default=_to_json) + "\n")
        else:
            self.echo(*lines)

    def rows(self, columns: Sequence[str], rows: Iterable[tuple[Mapping[str, Any], Sequence[str]]], none: str) -> None:
        """Print a list, each row as JSON and as cells: JSON lines, or a table; `none` is printed for an empty one."""
        rows = list(rows)
        if self.as_json:
            for value, _ in rows:
                self.answer(value)
        elif rows:
            self.echo(*table(columns, [cells for _, cells in rows], output_width()))
        else:
            self.echo(none)

    def echo(self, *lines: str) -> None:
        """Print lines for people, wrapped between words; nothing where JSON is wanted."""
        if not self.as_json:
            width = output_width()
            sys.stdout.writelines(f"{part}\n" for line in lines for part in _wrap(line, width))

    def limit_note(self, is_more: bool, limit: int) -> None:
        """Say that only the first `limit` of a list are shown, where there are more."""
        if is_more:
            self.echo(f"Showing {limit}; use --limit for more.")


def output(context: typer.Context, as_json: bool) -> Output:
    """The output that a command's options ask for, before or after its name."""
    return Output(as_json or bool((context.obj or {}).get("json")))


def printable(line: str) -> str:
    """The line without what would control a terminal: anybody may have written it."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


def output_width() -> int:
    """How many columns there are: COLUMNS, the terminal's, or no end of them."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size((80, 24)).columns
    return WIDTH_WITHOUT_TERMINAL


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """The lines of a table. A cell is wrapped between words and never cut, so references and dates stay whole.

    Where not even the longest words fit side by side, each row is a block with a line for each column.
    """
    by_column = list(zip(columns, *([printable(cell) for cell in row] for row in rows), strict=True))
    longest_words = [max((len(word) for cell in cells for word in cell.split()), default=1) for cells in by_column]
    widths = _fit(longest_words, [max(map(len, cells)) for cells in by_column], width)
    if widths is None:
        for row in rows:
            yield from (f"{column}: {printable(cell)}" for column, cell in zip(columns, row, strict=True) if cell)
            yield ""
        return
    for cells in zip(*by_column, strict=True):
        wrapped = [wrap(cell, size, break_on_hyphens=False) for cell, size in zip(cells, widths, strict=True)]
        for number in range(max(map(len, wrapped), default=0) or 1):
            parts = (lines[number] if number < len(lines) else "" for lines in wrapped)
            line = (" " * GAP).join(part.ljust(size) for part, size in zip(parts, widths, strict=True))
            yield line.rstrip()


def _wrap(line: str, width: int) -> list[str]:
    """The line in parts that fit; a command stays whole, so that it can be copied."""
    text = line.lstrip()
    if len(line) <= width or text.startswith("rj "):
        return [line]
    indent = " " * (len(line) - len(text))
    return wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _fit(least: Sequence[int], wanted: Sequence[int], width: int) -> list[int] | None:
    """A width for each column, from `least` to `wanted`: those that need most are narrowed first; None: none fits."""
    widths = list(wanted)
    excess = sum(widths) + GAP * (len(widths) - 1) - width
    while excess > 0:
        widest = max(range(len(widths)), key=lambda index: (widths[index] > least[index], widths[index]))
        if widths[widest] <= least[widest]:
            return None
        widths[widest] -= 1
        excess -= 1
    return widths


def _to_json(value: object) -> object:
    """What JSON does not know: dates in ISO 8601, dataclasses as objects."""
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)
