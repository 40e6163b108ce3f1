"""A supervisor's morning digest, as it would be now."""

from datetime import UTC, datetime

from fastapi import APIRouter

from api.authentication import Supervisor
from api.dependencies import Services
from api.guarded_route import ReportRoute
from api.models.stuck import DigestResponse

router = APIRouter(prefix="/api/v1", tags=["supervision"], route_class=ReportRoute)


@router.get("/digest", summary="Show your next digest")
async def show_digest(person: Supervisor, services: Services) -> DigestResponse:
    """What is new since your last one, what is stuck, and how much there is. Nothing is sent."""
    digest = await services.digests.make_digest(person.id, person.areas, datetime.now(UTC).date(), services.today())
    return DigestResponse.model_validate(digest)
