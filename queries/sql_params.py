"""How statements for lists are put together: whose areas, from where on, and the places of their values."""

from collections.abc import Sequence
from dataclasses import dataclass, field

# The areas that have cases, each found by one look into the index: nothing says which there are.
KNOWN_AREAS = """(
    with recursive known (area) as (
        (select area from cases order by area limit 1)
        union all
        select (select area from cases where cases.area > known.area order by area limit 1)
        from known where known.area is not null
    )
    select area from known where area is not null
)"""


@dataclass(frozen=True, slots=True)
class Params:
    """The values of a statement. Nothing from outside becomes SQL: each value has a place instead."""

    given: list[object] = field(default_factory=list)

    def place(self, value: object) -> str:
        """Where `value` stands in the statement, such as `$3`."""
        self.given.append(value)
        return f"${len(self.given)}"


def areas_source(areas: Sequence[str] | None, values: Params) -> str:
    """What gives the wanted areas one by one: for each, a list in order is read from an index, and they are merged."""
    return KNOWN_AREAS if areas is None else f"unnest({values.place(list(areas))}::text[])"


def allowed_areas(area: str | None, areas: Sequence[str] | None) -> Sequence[str] | None:
    """The areas wanted of those allowed: `area`, where it is one of them; None: all there are."""
    if area is None:
        return areas
    return [area] if areas is None or area in areas else []
