"""Cases that another area proposes to hand over."""

from fastapi import APIRouter

from api.authentication import Supervisor
from api.dependencies import Services
from api.filters import Areas
from api.guarded_route import GuardedRoute
from api.models.cases import TransferResponse, TransfersResponse
from api.pagination import Limit
from api.problems import Code, document_problems

router = APIRouter(prefix="/api/v1", tags=["supervision"], route_class=GuardedRoute)


@router.get(
    "/transfers",
    summary="List proposed transfers",
    responses=document_problems(Code.WRONG_AREA, Code.UNKNOWN_AREA),
)
async def list_transfers(_person: Supervisor, areas: Areas, services: Services, limit: Limit = 50) -> TransfersResponse:
    """To your areas, the first due first. Record `transfer_accepted` or `transfer_declined` in the case."""
    found = await services.context.queries.list_transfers(areas.areas, limit + 1)
    return TransfersResponse(
        transfers=[TransferResponse.model_validate(transfer) for transfer in found[:limit]], more=len(found) > limit
    )
