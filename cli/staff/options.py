"""Options and arguments that several staff commands have, and how what is given for them is read."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.errors import fail

MAX_LIMIT = 100_000
REF = re.compile(r"RJ-[0-9A-Z]{4}-[0-9A-Z]{4}", re.ASCII)

RefArgument = Annotated[str, typer.Argument(metavar="REF", help="The case, such as RJ-7Q2K-9F3M.")]
RefsArgument = Annotated[list[str], typer.Argument(metavar="REF...", help="The cases.")]
AreaOption = Annotated[str | None, typer.Option("--area", help="Only this area, one of yours.")]
AssignedToOption = Annotated[
    str | None, typer.Option("--assigned-to", metavar="ACCOUNT", help="Only cases assigned to them; '': unassigned.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=MAX_LIMIT, help="How many to list at most.")]
KeyOption = Annotated[
    str,
    typer.Option(
        "--key", help="An idempotency key: a command that is repeated with its key is done once.", show_default="new"
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only show what would change and who would be told.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Cancel a meeting day that is set without asking first.")]
NoteOption = Annotated[bool, typer.Option("--note", help="Write a note in your editor: it is stored in the vault.")]
NoteFromOption = Annotated[
    str, typer.Option("--note-from", metavar="FILE", help="Read the note from a file; -: from input.")
]
FromOption = Annotated[
    str, typer.Option("--from", metavar="FILE", help="Read what is personal from a JSON file; -: from input.")
]


def case_ref(text: str) -> str:
    """The reference in `text`, in capitals. Raises UsageError."""
    if not REF.fullmatch(text.upper()):
        fail(f"{text!r} is not a case's reference: they look like RJ-7Q2K-9F3M")
    return text.upper()


def read_day(option: str, text: str) -> str | None:
    """The day that `text` names, if it names any. Raises UsageError."""
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        return fail(f"{option} {text!r}: Use YYYY-MM-DD, for example 2026-12-31")


def choice(name: str, text: str, choices: Mapping[str, str], **options: Any) -> Any:
    """An option that takes one of `choices`, each with its meaning in the help."""
    meanings = ", ".join(code if meaning == code else f"{code} ({meaning})" for code, meaning in choices.items())
    return typer.Option(name, help=f"{text}: {meanings}.", autocompletion=lambda: list(choices), **options)


def require_choice(option: str, given: str | None, choices: Iterable[str]) -> None:
    """Raise UsageError where `given`, if anything is, is none of `choices`."""
    known = list(choices)
    if given is not None and given not in known:
        fail(f"{option} {given!r}{did_you_mean(given, known)}: it is one of {', '.join(known)}")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The names near `name` as a question; empty where there is none."""
    near = get_close_matches(name.replace("-", "_"), list(names), n=3)
    return f": did you mean {' or '.join(near)}?" if near else ""


def path_part(text: str) -> str:
    """`text` as one part of an address."""
    return quote(text, safe="")
