"""The project's documents, for tests of what they say."""

import re
from pathlib import Path

_FORMER_NAMES = re.compile(r"^\| before \| now \|\n(?:\|.*\n)+", re.MULTILINE)
CLIENT_SETTINGS = ("RJ_SERVER", "RJ_TOKEN", "RJ_OIDC_ISSUER", "RJ_OIDC_CLIENT_ID", "RJ_OIDC_SCOPE", "RJ_OIDC_RESOURCE")
"""The settings of staff commands, which `docs/casework.md` describes."""


def read_current(path: Path) -> str:
    """Read a document without its tables of names that were changed."""
    return _FORMER_NAMES.sub("", path.read_text(encoding="utf-8"))
