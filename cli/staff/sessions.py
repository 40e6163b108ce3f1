"""Who is signed in: each service's tokens, in a file that only its owner can read.

`$XDG_STATE_HOME/rj/sessions.json` (`~/.local/state/rj/…`), and for the embedded stack `.local/run/sessions.json`: one
JSON object with a Session's fields under each server's address.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Session:
    """Tokens for one service, of the client `client_id` at `issuer`; `expires_at` is in seconds since 1970."""

    access_token: str
    expires_at: float
    issuer: str
    client_id: str
    refresh_token: str = ""
    id_token: str = ""


@dataclass(frozen=True, slots=True)
class SessionStore:
    """The sessions in one file."""

    file: Path

    def find(self, server: str) -> Session | None:
        """The session for `server`; None also where the file cannot be read, which signing in again repairs."""
        try:
            return Session(**self._read()[server])
        except (KeyError, TypeError):
            return None

    def save(self, server: str, session: Session) -> None:
        """Store `session` in place of any other for `server`."""
        self._write({**self._read(), server: asdict(session)})

    def delete(self, server: str) -> None:
        """Forget the session for `server`."""
        self._write({name: session for name, session in self._read().items() if name != server})

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Meanwhile no other process is in here: a refresh token can be used once."""
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            sessions = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return {}
        return sessions if isinstance(sessions, dict) else {}

    def _write(self, sessions: dict[str, dict[str, Any]]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.file.with_name(f"{self.file.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as content:
            json.dump(sessions, content, indent=2)
        draft.replace(self.file)
