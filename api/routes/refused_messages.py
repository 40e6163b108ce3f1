"""Messages of agencies that the process refused: what they say, and what staff did about them."""

from fastapi import APIRouter, Response

from api.authentication import Reader, Recorder
from api.dependencies import Services
from api.error_mapping import OF_A_CASE
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, to_json_response
from api.models.refused_messages import RefusedMessageDetailResponse, RefusedMessageResponse, ResolutionBody
from api.problems import Code, document_problems
from api.responses import MessageNumber
from application.refused_messages import read_refused_message, resolve_refused_message
from domain.refused_messages import Resolution

_ONE = (*OF_A_CASE, Code.UNKNOWN_MESSAGE, Code.BAD_REQUEST)
_NO_STORE = {"cache-control": "no-store"}

router = APIRouter(prefix="/api/v1/refused-messages/{message}", tags=["cases"], route_class=GuardedRoute)


@router.get("", summary="Read a refused message", responses=document_problems(*_ONE))
async def show(
    message: MessageNumber, person: Reader, services: Services, response: Response
) -> RefusedMessageDetailResponse:
    """With its note. That you read the note is logged."""
    found = await read_refused_message(services.context, services.refused_messages, person, message)
    response.headers.update(_NO_STORE)
    return RefusedMessageDetailResponse(message=RefusedMessageResponse.model_validate(found.message), text=found.text)


@router.post(
    "/resolve",
    summary="Resolve a refused message",
    response_model=RefusedMessageResponse,
    responses=document_problems(*_ONE, Code.WRONG_ROLE, Code.WRONG_STATE),
)
async def resolve(
    message: MessageNumber, body: ResolutionBody, person: Recorder, services: Services, idempotent: Idempotent
) -> Response:
    """Record first what it says, if it still matters. Some can be resolved by a supervisor only."""

    async def do(_record_id: str) -> Response:
        resolved = await resolve_refused_message(
            services.context,
            services.refused_messages,
            services.resolve_refused_message,
            person,
            message,
            Resolution(body.resolution),
        )
        return to_json_response(RefusedMessageResponse.model_validate(resolved))

    return await idempotent.execute(do)
