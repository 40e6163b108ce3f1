"""What reconciliation has found: differences between the case file and Temporal, and failing workflows."""

from fastapi import APIRouter

from api.authentication import Reader
from api.dependencies import Services
from api.filters import Areas
from api.guarded_route import GuardedRoute
from api.models.inbox import FindingResponse, FindingsResponse
from api.pagination import Limit
from api.problems import Code, document_problems

router = APIRouter(prefix="/api/v1", tags=["inbox"], route_class=GuardedRoute)


@router.get(
    "/findings",
    summary="List findings of reconciliation",
    responses=document_problems(Code.WRONG_AREA, Code.UNKNOWN_AREA),
)
async def list_findings(_person: Reader, areas: Areas, services: Services, limit: Limit = 50) -> FindingsResponse:
    """In your areas, the oldest first. Operators correct them (`rj reconcile`)."""
    found = await services.findings.list_findings(areas.areas, limit + 1)
    return FindingsResponse(
        findings=[FindingResponse.model_validate(finding) for finding in found[:limit]], more=len(found) > limit
    )
