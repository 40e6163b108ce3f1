"""Morning digests: the port that sends them, its result, and how sending can fail."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DigestTotals:
    """How many digests were sent now or before, how many addresses are refused, and how many are left to send."""

    sent: int = 0
    already_sent: int = 0
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

    async def send(self, day: date, heartbeat: Callable[[], None]) -> DigestTotals:
        """Send the digests of `day` that are not sent yet, and call `heartbeat` for each."""
