"""Texts that are personal: from an editor, a file or prompts, and never from arguments, which a shell remembers."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cli.errors import fail


def read_note(edit: bool, source: str) -> str:
    """The note that the user writes in their editor, or that is in the file `source`. Raises UsageError."""
    if source:
        return _read(source).strip()
    if edit and not sys.stdin.isatty():
        fail("--note opens an editor, which needs a terminal: use --note-from FILE, or --note-from -")
    return edit_text() if edit else ""


def edit_text() -> str:
    """What the user writes in $VISUAL or $EDITOR. Raises UsageError where they write nothing."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    folder = os.environ.get("XDG_RUNTIME_DIR")
    with tempfile.NamedTemporaryFile(suffix=".txt", dir=folder) as file:
        try:
            subprocess.run([*shlex.split(editor), file.name], check=True)
        except (OSError, subprocess.CalledProcessError):
            fail(f"the editor {editor!r} did not work: set EDITOR, or use --note-from")
        text = Path(file.name).read_text(encoding="utf-8").strip()
    return text or fail("Nothing done: the note is empty")


def read_object(source: str) -> dict[str, Any]:
    """The JSON object in the file `source`, or in the input where that is `-`. Raises UsageError."""
    try:
        value = json.loads(_read(source))
    except ValueError:
        fail(f"--from {source}: not JSON")
    if not isinstance(value, dict):
        fail(f"--from {source}: not a JSON object")
    return value


def confirm(question: str) -> bool:
    """Whether the user types yes; where the input has ended, nobody has."""
    sys.stderr.write(f"{question} [y/N]: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _read(source: str) -> str:
    try:
        return sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return fail(f"{source}: not UTF-8")


def prompt(text: str, *, default: str = "", required: bool = True) -> str:
    """What the user types, or `default`; they are asked again where `required` and nothing is typed."""
    shown = f"{text} [{default}]: " if default else f"{text}: "
    while True:
        # On standard error, so that the output is the answer only.
        sys.stderr.write(shown)
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            fail("the input ended: use --from FILE where nobody can be asked")
        if answer := line.strip() or default:
            return answer
        if not required:
            return ""
