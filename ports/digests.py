"""Morning digests: the port that sends them, what came of it, and how a sending can fail."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DigestTotals:
    """How many were sent a digest now, had it already, have an address that is refused, and are still to get it."""

    sent: int = 0
    had: int = 0
    refused: int = 0
    left: int = 0


class DigestNotSent(Exception):
    """A digest was not accepted: `permanent` where its address is refused. `code` says how."""

    def __init__(self, code: str, *, permanent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class DigestService(Protocol):
    """Sends supervisors their digests, each at most once a day as far as it is known."""

    async def send(self, day: date, told: Callable[[], None]) -> DigestTotals:
        """Send those of `day` that are not sent yet; `told` is called after each. Nobody's address holds up another."""
