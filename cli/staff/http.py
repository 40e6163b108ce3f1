"""HTTP for staff commands: httpx, which would load its own command line, rich and pygments as well, without that."""

import ssl
import sys
from typing import Any

# A third of the time until `rj list` prints its first line would go to it.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
import httpx  # noqa: E402

__all__ = ["http_client", "httpx"]


def http_client(url: str, **options: Any) -> httpx.Client:
    """A client for `url`, with the certificates that this machine trusts."""
    secure = ssl.create_default_context() if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.Client(verify=secure, **options)
