"""What caseworkers do in person: requests to agencies and updates that only a person can make, messages to victims."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.authentication import Reader, Recorder
from api.dependencies import Services, StaffServices
from api.error_mapping import OF_A_CASE
from api.filters import Areas, AssignedTo
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, IdempotentRequest, to_json_response
from api.models.refused_messages import RefusedMessageResponse
from api.models.tasks import (
    AskTaskResponse,
    JointMeetingTaskResponse,
    NewsTaskResponse,
    NotificationStateResponse,
    NotificationTaskResponse,
    TasksResponse,
    UpdateTaskResponse,
)
from api.pagination import Limit
from api.problems import Code, document_problems
from application.victim_messages import act_on_message, mark_update_told
from domain.people import Person
from ports.notifications import MessageAction

NotificationKey = Annotated[
    str, Path(description="The notification's key, as in the tasks.", examples=["RJ-7Q2K-9F3M.4.victim"])
]
_ACTION_PROBLEMS = document_problems(*OF_A_CASE, Code.UNKNOWN_NOTIFICATION, Code.WRONG_STATE)

router = APIRouter(prefix="/api/v1", tags=["cases"], route_class=GuardedRoute)


@router.get(
    "/tasks",
    summary="List tasks",
    responses=document_problems(Code.WRONG_AREA, Code.UNKNOWN_AREA, Code.UNKNOWN_MEMBER),
)
async def list_tasks(
    _person: Reader,
    areas: Areas,
    assigned_to: AssignedTo,
    services: Services,
    limit: Limit = 50,
) -> TasksResponse:
    """In your areas, the most urgent first, up to `limit` of a kind. A task leaves the list when it is recorded."""
    news = await services.tasks.list_news_tasks(
        services.today(), areas=areas.areas, assigned_to=assigned_to, limit=limit + 1
    )
    asks = await services.tasks.list_ask_tasks(areas=areas.areas, assigned_to=assigned_to, limit=limit + 1)
    messages = await services.tasks.list_message_tasks(areas=areas.areas, assigned_to=assigned_to, limit=limit + 1)
    updates = await services.tasks.list_update_tasks(areas=areas.areas, assigned_to=assigned_to, limit=limit + 1)
    refused = await services.refused_messages.list_open(areas=areas.areas, assigned_to=assigned_to, limit=limit + 1)
    joint = await services.tasks.list_joint_meeting_tasks(areas=areas.areas, assigned_to=assigned_to, limit=limit + 1)
    return TasksResponse(
        news=[NewsTaskResponse.model_validate(task) for task in news[:limit]],
        asks=[AskTaskResponse.model_validate(task) for task in asks[:limit]],
        notifications=[NotificationTaskResponse.model_validate(task) for task in messages[:limit]],
        updates=[UpdateTaskResponse.model_validate(task) for task in updates[:limit]],
        refused_messages=[RefusedMessageResponse.model_validate(message) for message in refused[:limit]],
        joint_meetings=[JointMeetingTaskResponse.model_validate(task) for task in joint[:limit]],
        more=max(len(news), len(asks), len(messages), len(updates), len(refused), len(joint)) > limit,
    )


@router.post(
    "/notifications/{key}/mark-told",
    summary="The victim was told",
    response_model=NotificationStateResponse,
    responses=_ACTION_PROBLEMS,
)
async def mark_told(key: NotificationKey, person: Recorder, services: Services, idempotent: Idempotent) -> Response:
    """In person, by any means. Who told the victim is stored; or an agency, by the key of what it is told."""
    is_for_agency = ".update." in key or key.endswith(".cancel")
    if not is_for_agency:
        return await _act(MessageAction.RESOLVE, key, person, services, idempotent)

    async def do(_: str) -> Response:
        await mark_update_told(services.context, services.mark_update_told, person, key)
        return to_json_response(NotificationStateResponse(key=key, state="by_hand"))

    return await idempotent.execute(do)


@router.post(
    "/notifications/{key}/resend",
    summary="Send a message again",
    response_model=NotificationStateResponse,
    responses=_ACTION_PROBLEMS,
)
async def resend_message(
    key: NotificationKey, person: Recorder, services: Services, idempotent: Idempotent
) -> Response:
    """As the victim then prefers, to the address that is then stored, and not at night."""
    return await _act(MessageAction.RESEND, key, person, services, idempotent)


@router.post(
    "/notifications/{key}/mark-returned",
    summary="A message was returned",
    response_model=NotificationStateResponse,
    responses=_ACTION_PROBLEMS,
)
async def mark_message_returned(
    key: NotificationKey, person: Recorder, services: Services, idempotent: Idempotent
) -> Response:
    """Such as an email to an address that no longer exists, hours later. Telling the victim is then a task."""
    return await _act(MessageAction.RETURN, key, person, services, idempotent)


async def _act(
    action: MessageAction, key: str, person: Person, services: StaffServices, idempotent: IdempotentRequest
) -> Response:
    async def do(record_id: str) -> Response:
        state = await act_on_message(services.context, services.take_message_action, person, key, action, record_id)
        return to_json_response(NotificationStateResponse(key=key, state=state))

    return await idempotent.execute(do)
