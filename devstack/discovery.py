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
    try:
        # Something listens where its database was: a stack that was killed leaves its settings behind.
        is_other_running = not replace_other and listens(urlsplit(_read(file).get("RJ_DATABASE_URL", "")).port or 0)
    except ValueError:
        is_other_running = False
    if not is_other_running:
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
