"""Filters that several lists share: an area, and the colleague that cases are assigned to."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request

from api.authentication import require_area
from api.dependencies import Services
from application.known_names import require_area as require_known_area
from application.known_names import require_colleague
from domain.areas import AREA_PATTERN
from domain.people import Person
from ports.staff import STAFF_ID

AreaParameter = Annotated[
    str | None,
    Query(pattern=rf"^{AREA_PATTERN}$", description="One of your areas; none: all of them.", examples=["eastmoor"]),
]


@dataclass(frozen=True, slots=True)
class AreaFilter:
    """The `area` that is asked for (None: no single one), and the `areas` that a query is bound to (None: all)."""

    area: str | None
    areas: tuple[str, ...] | None


async def read_area_filter(request: Request, services: Services, area: AreaParameter = None) -> AreaFilter:
    """Return the filter of a request, as FastAPI resolves it. Raises Problem and UnknownName."""
    person: Person = request.state.person
    if area is None:
        return AreaFilter(None, person.within)
    await require_known_area(services.names, area, person)
    require_area(person, area)
    return AreaFilter(area, (area,))


async def read_assigned_to(
    services: Services,
    assigned_to: Annotated[
        str | None,
        Query(
            pattern=f"^({STAFF_ID.pattern})?$",
            description="An account; empty: unassigned cases.",
            examples=["c.okafor"],
        ),
    ] = None,
) -> str | None:
    """Return the account, as FastAPI resolves it. Raises UnknownName."""
    if assigned_to:
        await require_colleague(services.names, assigned_to, "assigned_to")
    return assigned_to


Areas = Annotated[AreaFilter, Depends(read_area_filter)]
AssignedTo = Annotated[str | None, Depends(read_assigned_to)]
DryRun = Annotated[bool, Query(description="True: only say what would change and who would be told.", examples=[True])]
