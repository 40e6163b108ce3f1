"""A morning digest, as it would be now."""

from datetime import UTC, datetime

from fastapi import APIRouter

from api.authentication import Recorder
from api.dependencies import Services
from api.guarded_route import ReportRoute
from api.models.stuck import DigestResponse
from domain.days import to_london_day
from domain.people import StaffRole

router = APIRouter(prefix="/api/v1", tags=["supervision"], route_class=ReportRoute)


@router.get("/digest", summary="Show your next digest")
async def show_digest(person: Recorder, services: Services) -> DigestResponse:
    """What is new, what is stuck, and how much there is: in a supervisor's areas, or in a caseworker's own cases.

    Nothing is sent.
    """
    today = services.today()
    day = to_london_day(datetime.now(UTC))
    if person.has_role(StaffRole.SUPERVISOR):
        digest = await services.digests.make_digest(person.id, person.areas, day, today)
    else:
        digest = await services.digests.make_caseworker_digest(person, day, today)
    return DigestResponse.model_validate(digest)
