"""How `rj` in another terminal finds the running stack: by a file of settings that only its owner can read."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from devstack.stack import LOCAL

RUN_SETTINGS = LOCAL / "run" / "settings.json"
"""Where the running stack says how it is reached."""

SECONDS_TO_ANSWER = 2.0


@contextmanager
def publish_settings(settings: Mapping[str, str], *, replace_other: bool, file: Path = RUN_SETTINGS) -> Iterator[None]:
    """Let the stack of these settings be found meanwhile; where another one is running, only `replace_other`."""
    if replace_other or not _is_running(_kept(file)):
        _write(file, settings)
    try:
        yield
    finally:
        if _kept(file) == dict(settings):
            file.unlink(missing_ok=True)


def _kept(file: Path) -> dict[str, str]:
    """The settings of the stack that wrote them last; none where they cannot be read."""
    try:
        kept = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _is_running(settings: Mapping[str, str]) -> bool:
    """Whether anybody listens where its database was: one that was killed leaves its settings behind."""
    try:
        place = urlsplit(settings.get("RJ_DATABASE_URL", ""))
        with socket.create_connection((place.hostname or "", place.port or 0), SECONDS_TO_ANSWER):
            return True
    except (OSError, ValueError):
        return False


def _write(file: Path, settings: Mapping[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.touch(mode=0o600)
    file.write_text(json.dumps(dict(settings), indent=2) + "\n")
