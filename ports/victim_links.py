"""Links by which victims see their case and act in it: each works only with the code that belongs to it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from domain.vocabulary import CaseRef


@dataclass(frozen=True, slots=True)
class NewVictimLink:
    """A new link. Its `token` and its `code` are stored nowhere, and are given to the victim by different ways."""

    token: str = field(repr=False)
    code: str = field(repr=False)
    last_day: date


class VictimLinks(Protocol):
    """The links of victims; a case has one at a time."""

    async def create(self, ref: CaseRef, by: str) -> NewVictimLink:
        """Create a link for the victim of the case; an earlier one stops working. `by` is an account, for the log."""

    async def revoke(self, ref: CaseRef, by: str) -> bool:
        """Stop the link of the case; whether there was one."""

    async def find(self, token: str) -> CaseRef | None:
        """The case of a link that works, for somebody who has opened it with its code before."""

    async def open(self, token: str, code: str) -> CaseRef | None:
        """The case of the link, for the right code; None for anything else. Too many wrong codes stop the link."""
