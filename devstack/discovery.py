"""How `rj` in another terminal finds the running stack: by a file of settings that only its owner can read."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from devstack.processes import listens
from devstack.secret_files import write_secret
from devstack.stack import LOCAL

RUN_SETTINGS = LOCAL / "run" / "settings.json"
"""Where the running stack publishes how it is reached."""


@contextmanager
def publish_settings(settings: Mapping[str, str], *, replace_other: bool, file: Path = RUN_SETTINGS) -> Iterator[None]:
    """Publish these settings meanwhile; where another stack is running, only if `replace_other`."""
    if replace_other or not _is_running(_read(file)):
        write_secret(file, (json.dumps(dict(settings), indent=2) + "\n").encode())
    try:
        yield
    finally:
        if _read(file) == dict(settings):
            file.unlink(missing_ok=True)


def _read(file: Path) -> dict[str, str]:
    try:
        settings = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _is_running(settings: Mapping[str, str]) -> bool:
    """Whether something listens where its database was: a stack that was killed leaves its settings behind."""
    try:
        return listens(urlsplit(settings.get("RJ_DATABASE_URL", "")).port or 0)
    except ValueError:
        return False
