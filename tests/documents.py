"""The project's documents, for tests of what they say."""

import re
from pathlib import Path

_FORMER_NAMES = re.compile(r"^\| before \| now \|\n(?:\|.*\n)+", re.MULTILINE)


def read_current(path: Path) -> str:
    """Read a document without its tables of names that were changed."""
    return _FORMER_NAMES.sub("", path.read_text(encoding="utf-8"))
