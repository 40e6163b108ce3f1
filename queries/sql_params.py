"""Parts of statements for lists: their parameters, and the areas that they are for."""

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
    """The parameters of a statement. Nothing from outside becomes SQL: it names each value by its number."""

    values: list[object] = field(default_factory=list)

    def add(self, value: object) -> str:
        """Add a value; how the statement refers to it, such as `$3`."""
        self.values.append(value)
        return f"${len(self.values)}"


def areas_source(areas: Sequence[str] | None, params: Params) -> str:
    """A source of the areas, one a row: for each, a list in order is read from an index, and these are merged."""
    return KNOWN_AREAS if areas is None else f"unnest({params.add(areas)}::text[])"


def allowed_areas(area: str | None, areas: Sequence[str] | None) -> Sequence[str] | None:
    """`area`, if it is one of the allowed `areas` (None: all); all of these where no area is named."""
    if area is None:
        return areas
    return [area] if areas is None or area in areas else []
