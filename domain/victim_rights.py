"""What the Victims' Code gives some victims more than others."""

from domain.events import RequestReceived
from domain.vocabulary import IMPLIED_FLAGS, SPECIALIST_FLAGS, Flag, TakesPartAs


def has_enhanced_rights(request: RequestReceived, flags: frozenset[Flag]) -> bool:
    """Whether the Victims' Code gives the victim enhanced rights: flagged, under 18, or a bereaved family."""
    is_flagged = bool(flags & SPECIALIST_FLAGS) or request.offence in IMPLIED_FLAGS
    return is_flagged or request.victim_under_18 or request.takes_part_as is TakesPartAs.BEREAVED_FAMILY
