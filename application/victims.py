"""How a victim is reached, looked up and corrected in the vault: it is remembered who did."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from domain.refusals import CaseworkError
from domain.vocabulary import CaseRef

DetailsCheck = Callable[[Mapping[str, Any]], tuple[tuple[str, str], ...]]
"""What is wrong with a victim's details: each fault names a field and a rule, and repeats no value."""


class NoVictimDetails(CaseworkError):
    """The vault holds nothing of the victim."""


class InvalidDetails(CaseworkError):
    """These cannot be a victim's details, and nothing has changed; `faults` repeat no value."""

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        """All faults in one line."""
        return "; ".join(f"{field} {problem}" for field, problem in self.faults)


class Victims(Protocol):
    """The victims' side of the vault; `by` is an account."""

    async def victim(self, ref: CaseRef, *, by: str) -> Mapping[str, Any] | None:
        """The victim's details; None: there are none, or no longer."""

    async def correct_victim(self, ref: CaseRef, changes: Mapping[str, str], *, by: str) -> Mapping[str, Any] | None:
        """Write these details anew and leave the others, and give all; what is empty is no longer known.

        None: there are none, or no longer.
        """


async def get_victim(victims: Victims, ref: CaseRef, by: str) -> Mapping[str, Any]:
    """How the victim of the case is reached. Raises NoVictimDetails."""
    details = await victims.victim(ref, by=by)
    if details is None:
        raise NoVictimDetails
    return details


async def correct_victim(
    victims: Victims, faults: DetailsCheck, ref: CaseRef, changes: Mapping[str, str], by: str
) -> Mapping[str, Any]:
    """Write `changes`, under the rules that a request's details are read by; the details after them.

    Raises NoVictimDetails and InvalidDetails.
    """
    merged = {**await get_victim(victims, ref, by), **changes}
    details = {field: value for field, value in merged.items() if value not in ("", None, [])}
    found = faults(details)
    if found:
        raise InvalidDetails(found)
    if not changes:
        return details
    corrected = await victims.correct_victim(ref, changes, by=by)
    if corrected is None:
        raise NoVictimDetails
    return corrected
