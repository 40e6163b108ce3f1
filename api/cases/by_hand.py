"""What is to be done by hand, over HTTP: agencies that only a person can ask, notices that a victim has to be told."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.areas import Area, areas_asked
from api.cases.by_hand_bodies import AskTaskShown, NoticeStanding, NoticeTaskShown, TasksShown
from api.cases.recording import RECORDERS
from api.cursors import Limit
from api.error_mapping import OF_A_CASE, as_problems
from api.idempotency import KEY_PROBLEMS, IdempotencyKey, answer_of, execute_idempotently, required
from api.identity import SignedIn, require
from api.opened import Opener
from api.problems import SIGNING_IN, Code, documented
from application.victim_messages import act_on_message
from domain.people import READERS, Person
from ports.notifications import MessageAction

TASKS, NOTICES = "/api/v1/tasks", "/api/v1/notices"
Key = Annotated[str, Path(description="The notice's key, as the tasks have it.", examples=["RJ-7Q2K-9F3M.4.victim"])]
Whose = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9_:./@=+~-]{0,200}$", description="Whose cases; empty: nobody's.", examples=["c.okafor"]),
]

_DONE = (*SIGNING_IN, *KEY_PROBLEMS, *OF_A_CASE, Code.UNKNOWN_NOTIFICATION, Code.WRONG_STATE)


def router(opener: Opener) -> APIRouter:
    """The addresses of what is done by hand."""
    routes, by_hand = APIRouter(tags=["cases"]), ByHand(opener)
    routes.add_api_route(
        TASKS,
        by_hand.tasks,
        methods=["GET"],
        summary="What is to be done by hand",
        responses=documented(*SIGNING_IN, Code.BAD_REQUEST, Code.WRONG_AREA),
    )
    for path, what, summary in (
        ("resolved", by_hand.resolved, "The victim was told"),
        ("resent", by_hand.resent, "Send it once more"),
        ("returned", by_hand.returned, "A message came back"),
    ):
        routes.add_api_route(
            f"{NOTICES}/{{key}}/{path}",
            what,
            methods=["POST"],
            summary=summary,
            response_model=NoticeStanding,
            responses=documented(*_DONE),
        )
    return routes


class ByHand:
    """Shows what is to be done by hand, and takes what was."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    async def tasks(
        self, person: SignedIn, area: Area = None, assigned_to: Whose = None, limit: Limit = 50
    ) -> TasksShown:
        """Of your areas, the most urgent first, up to `limit` of a kind. A task leaves the list by being recorded."""
        areas = areas_asked(person, area)
        async with self._opener.reading(person, *READERS) as casework:
            asks = await casework.tasks.list_ask_tasks(areas=areas, assigned_to=assigned_to, limit=limit + 1)
            notices = await casework.tasks.list_message_tasks(areas=areas, assigned_to=assigned_to, limit=limit + 1)
        return TasksShown(
            asks=[AskTaskShown.model_validate(each) for each in asks[:limit]],
            notices=[NoticeTaskShown.model_validate(each) for each in notices[:limit]],
            more=max(len(asks), len(notices)) > limit,
        )

    async def resolved(
        self, key: Key, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = ""
    ) -> Response:
        """By a person, in whatever way. It is remembered by whom."""
        return await self._once(MessageAction.RESOLVE, key, request, person, idempotency_key)

    async def resent(
        self, key: Key, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = ""
    ) -> Response:
        """In the form that the victim wants by then, to the address that the vault has by then, and not at night."""
        return await self._once(MessageAction.RESEND, key, request, person, idempotency_key)

    async def returned(
        self, key: Key, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = ""
    ) -> Response:
        """As a mail to an address that is no more does, hours later. Telling the victim is then a task."""
        return await self._once(MessageAction.RETURN, key, request, person, idempotency_key)

    async def _once(self, action: MessageAction, key: str, request: Request, person: Person, idempotency_key: str) -> Response:
        require(person, *RECORDERS)
        required(idempotency_key)

        async def told(id: str) -> Response:
            with as_problems(self._opener.away):
                state = await act_on_message(
                    casework.desk, casework.take_message_action, person, key, action, id
                )
                return answer_of(NoticeStanding(key=key, state=state))

        with as_problems(self._opener.away):
            casework = self._opener.casework()
            return await execute_idempotently(casework.idempotency, person, idempotency_key, request, b"", told)
