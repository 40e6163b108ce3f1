"""What the Victims' Code gives some victims more than others."""

from domain.events import RequestReceived
from domain.vocabulary import IMPLIED_FLAGS, SPECIALIST_FLAGS, Flag, TakesPartAs


def has_enhanced_rights(request: RequestReceived, flags: frozenset[Flag]) -> bool:
    """Whether the victim has enhanced rights: in a flagged case, under 18, or a bereaved family.

    Source: Code of Practice for Victims of Crime in England and Wales (2020), "Enhanced Rights": victims of the most
    serious crimes, bereaved relatives among them, and vulnerable or intimidated ones, as everybody under 18 is.
    """
    is_flagged = bool(flags & SPECIALIST_FLAGS) or request.offence in IMPLIED_FLAGS
    return is_flagged or request.victim_under_18 or request.takes_part_as is TakesPartAs.BEREAVED_FAMILY
