"""Which service a staff command talks to, and how its users sign in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.errors import fail
from cli.run_file import RUN_SETTINGS, read_stack_settings
from cli.staff.sessions import SessionStore

LOOPBACK = ("http://127.0.0.1", "http://localhost", "http://[::1]")
ISSUER_FOLDER = "LOCAL_ISSUER_FOLDER"
"""The setting by which the embedded stack says where its issuer has its secret."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service at `url`; `settings` are those of the environment, or of the embedded stack where that was found."""

    url: str
    settings: Mapping[str, str]
    store: SessionStore

    def setting(self, name: str, default: str = "") -> str:
        """The setting `RJ_<name>`."""
        return str(self.settings.get(f"RJ_{name}") or default)


def find_service(run_file: Path = RUN_SETTINGS) -> Service:
    """The service that RJ_SERVER names; without it the running embedded stack. Raises UsageError."""
    url = os.environ.get("RJ_SERVER", "").rstrip("/")
    if url:
        state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
        return Service(require_safe("RJ_SERVER", url), os.environ, SessionStore(state / "rj" / "sessions.json"))
    stack = read_stack_settings(run_file)
    if stack is None:
        fail("No server set: set RJ_SERVER to the address of your service, or start the embedded stack with rj up")
    settings = {**stack, **os.environ}
    return Service(str(stack.get("RJ_PUBLIC_URL", "")), settings, SessionStore(run_file.with_name("sessions.json")))


def require_safe(name: str, url: str) -> str:
    """`url`, where tokens can travel to it safely. Raises UsageError."""
    local = any(url == prefix or url.startswith((f"{prefix}:", f"{prefix}/")) for prefix in LOOPBACK)
    if not url.startswith("https://") and not local:
        fail(f"{name}: must begin with https://, except for a service on this machine")
    return url
