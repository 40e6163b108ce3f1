"""How a victim is reached: looked up and corrected in the vault, which logs who did."""

from collections.abc import Mapping
from typing import Any

from application.context import CaseworkContext
from domain.refusals import CaseworkError
from domain.vocabulary import CaseRef
from ports.requests import DetailsCheck, InvalidInput


class NoVictimDetails(CaseworkError):
    """The vault has no details of the victim."""


async def get_victim(context: CaseworkContext, ref: CaseRef, by: str) -> Mapping[str, Any]:
    """How the victim of the case is reached. Raises NoVictimDetails."""
    details = await context.vault.get_victim(ref, by=by)
    if details is None:
        raise NoVictimDetails
    return details


async def correct_victim(
    context: CaseworkContext, check: DetailsCheck, ref: CaseRef, changes: Mapping[str, str], by: str
) -> Mapping[str, Any]:
    """Write `changes`, under the rules of a request's details; the details after them.

    Raises NoVictimDetails and InvalidInput.
    """
    merged = {**await get_victim(context, ref, by), **changes}
    details = {field: value for field, value in merged.items() if value not in ("", None, [])}
    errors = check(details)
    if errors:
        raise InvalidInput(errors)
    if not changes:
        return details
    corrected = await context.vault.correct_victim(ref, changes, by=by)
    if corrected is None:
        raise NoVictimDetails
    return corrected
