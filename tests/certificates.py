"""Certificates of an authority made for a test, and what it signs for servers."""

import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


@dataclass
class Authority:
    """A certificate authority whose own certificate is in `file`, which is what trusts it."""

    folder: Path
    ca: trustme.CA = field(default_factory=trustme.CA)

    def __post_init__(self) -> None:
        self.ca.cert_pem.write_to_path(self.file)

    @property
    def file(self) -> Path:
        return self.folder / "authority.pem"

    def server(self, *names: str, days: int = 1) -> ssl.SSLContext:
        """The context of a server with these names or addresses; expired where `days` is negative."""
        now = datetime.now(UTC).replace(tzinfo=None)
        leaf = self.ca.issue_cert(*names, not_before=now - timedelta(days=10), not_after=now + timedelta(days=days))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        leaf.configure_cert(context)
        return context
