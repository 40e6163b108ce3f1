"""Of which areas something is asked: one of one's own, or all of them."""

from typing import Annotated

from fastapi import Query

from api.identity import require_area
from domain.areas import AREA_PATTERN
from domain.people import Person

Area = Annotated[
    str | None,
    Query(pattern=rf"^{AREA_PATTERN}$", description="One of your areas; none: all of them.", examples=["eastmoor"]),
]


def areas_asked(person: Person, area: str | None) -> tuple[str, ...] | None:
    """The areas that are asked for, as far as they are theirs. Raises Problem."""
    if area is None:
        return person.within
    require_area(person, area)
    return (area,)
