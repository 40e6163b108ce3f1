"""Taking a request: stored first, so that it is not lost, and a case as soon as it is delivered."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from domain.events import Actor, Continuation
from domain.refusals import CaseworkError
from domain.vocabulary import CaseRef

SECONDS_BETWEEN_LOOKS = 0.05


class InvalidRequest(CaseworkError):
    """The request cannot be taken as it is: each fault names a field and a rule, and repeats no value."""

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        """All faults in one line."""
        return "; ".join(f"{field} {problem}".strip() for field, problem in self.faults)


@dataclass(frozen=True, slots=True)
class AcceptedRequest:
    """The case that a request becomes, or became before (`first` is false then)."""

    ref: CaseRef
    first: bool


@dataclass(frozen=True, slots=True)
class RequestStatus:
    """What became of it: `received` where it is still to be delivered, `applied`, or `refused` for `reason`."""

    status: str
    reason: str = ""
    detail: str = ""


class Requests(Protocol):
    """Where requests are stored before they are acknowledged."""

    async def take(
        self, raw: Mapping[str, Any], source: str, by: Actor, continues: Continuation | None = None
    ) -> AcceptedRequest:
        """Store the request in `raw`, with what is personal in the vault; its `source_id` is unique within `source`.

        Raises InvalidRequest.
        """

    async def became(self, source: str, source_id: str) -> RequestStatus:
        """What became of a request that was stored."""


async def wait_for_outcome(requests: Requests, source: str, source_id: str, seconds: float) -> RequestStatus:
    """What became of the request, as soon as its case has said so or the time is up."""
    until = time.monotonic() + seconds
    while True:
        became = await requests.became(source, source_id)
        if became.status != "received" or time.monotonic() >= until:
            return became
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
