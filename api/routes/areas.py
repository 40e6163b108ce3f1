"""How the service of each area names itself to victims: set by admins, read by all staff."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.authentication import Admin, SignedIn
from api.dependencies import Services
from api.guarded_route import GuardedRoute
from api.models.areas import AreaSettingsBody, AreaSettingsResponse
from api.problems import Code, document_problems
from application.known_names import require_area
from domain.areas import AREA_PATTERN
from ports.area_settings import AreaSettings

AreaPath = Annotated[str, Path(pattern=rf"^{AREA_PATTERN}$", examples=["eastmoor"])]

router = APIRouter(prefix="/api/v1/areas", tags=["staff"], route_class=GuardedRoute)


@router.get("/{area}/settings", summary="Show an area's settings", responses=document_problems(Code.UNKNOWN_AREA))
async def show_settings(area: AreaPath, person: SignedIn, services: Services) -> AreaSettingsResponse:
    """What each message to a victim says of the service; it also names the caseworker."""
    await require_area(services.names, area, person)
    return AreaSettingsResponse.model_validate(await services.get_area_settings(area))


@router.put("/{area}/settings", summary="Set an area's settings", responses=document_problems(Code.UNKNOWN_AREA))
async def set_settings(
    area: AreaPath, settings: AreaSettingsBody, person: Admin, services: Services
) -> AreaSettingsResponse:
    """Replaces all of them; messages that are sent from now on say so."""
    await require_area(services.names, area, person)
    new = AreaSettings(area, **settings.model_dump())
    await services.save_area_settings(new, person.account)
    return AreaSettingsResponse.model_validate(new)
