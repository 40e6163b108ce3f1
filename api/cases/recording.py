"""Recording in a case over HTTP: what a member of staff says goes to the case, and its answer comes back."""

from fastapi import APIRouter, Request, Response

from api.agency_bodies import body_of, read_as
from api.bodies import parsed, read_body
from api.cases.bodies import NewEvent, Recorded, case_shown
from api.cases.reading import CASES, Ref, case_ref
from api.cases.versions import IfMatch, etag, expected
from api.error_mapping import OF_RECORDING, as_problems
from api.idempotency import KEY_PROBLEMS, IdempotencyKey, answer_of, execute_idempotently, required
from api.identity import SignedIn, require
from api.opened import Opener
from api.ports import Casework
from api.problems import SIGNING_IN, Code, Problem, documented
from application.context import wait_until_written
from application.record_event import EventInput, record_event
from domain.events import Event
from domain.people import Person, StaffRole
from domain.vocabulary import AgencyRef, CaseRef, Refusal
from workflows.record_codec import InvalidRecord, read_event

RECORDERS = (StaffRole.CASEWORKER, StaffRole.SUPERVISOR)
BODY = (
    Code.NOT_JSON_TYPE,
    Code.BODY_TOO_LARGE,
    Code.BODY_TOO_SLOW,
    Code.NOT_JSON,
    Code.MISSING_FIELD,
    Code.UNKNOWN_FIELD,
    Code.UNREADABLE,
    Code.BAD_REQUEST,
)
"""What can be wrong with a body."""

_CODES = (*SIGNING_IN, *BODY, Code.UNKNOWN_EVENT, Code.FREE_TEXT, Code.IF_MATCH_MISSING, *KEY_PROBLEMS, *OF_RECORDING)
_CODE_OF = {Refusal.UNKNOWN_EVENT: Code.UNKNOWN_EVENT, Refusal.FREE_TEXT: Code.FREE_TEXT}


def router(opener: Opener) -> APIRouter:
    """The address at which events are recorded."""
    routes, recording = APIRouter(tags=["cases"]), Recording(opener)
    routes.add_api_route(
        f"{CASES}/{{ref}}/events",
        recording.event,
        methods=["POST"],
        summary="Record an event",
        response_model=Recorded,
        responses=documented(*_CODES),
        openapi_extra=body_of(NewEvent),
    )
    return routes


class Recording:
    """Records for those who may, once."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    async def event(
        self, ref: Ref, request: Request, person: SignedIn, if_match: IfMatch = "", idempotency_key: IdempotencyKey = ""
    ) -> Response:
        """Waits for the case's answer: the case as it then is, or why the process refuses it; that changes nothing."""
        require(person, *RECORDERS)
        key, version = required(idempotency_key), expected(if_match)
        body = await read_body(request)
        said = read_as(NewEvent, parsed(body))
        event = event_of(said.event, said.data)
        behalf = AgencyRef(said.on_behalf_of) if said.on_behalf_of else None

        async def do(id: str) -> Response:
            with as_problems(self._opener.away):
                entered = EventInput(id, event, version, said.note, behalf)
                return await _recorded(casework, person, case_ref(ref), entered)

        with as_problems(self._opener.away):
            casework = self._opener.casework()
            return await execute_idempotently(casework.idempotency, person, key, request, body, do)


async def _recorded(casework: Casework, person: Person, ref: CaseRef, entered: EventInput) -> Response:
    answer = await record_event(casework.desk, person, ref, entered)
    case = await wait_until_written(casework.desk, ref, answer.version)
    recorded = Recorded(
        version=answer.version,
        event=answer.event,
        stage=answer.stage,
        step=answer.step,
        case=case_shown(case, casework.now()) if case else None,
    )
    return answer_of(recorded, headers={"etag": etag(case.version if case else answer.version)})


def event_of(name: str, data: object, *, inside: str = "") -> Event:
    """The event `name` with the fields in `data`. Raises Problem, which names the field and not its value.

    `inside` begins the names of fields that stand in the body without it.
    """
    try:
        return read_event(name, data)
    except InvalidRecord as unreadable:
        code = _CODE_OF.get(unreadable.code, Code.UNREADABLE)
        raise Problem(code, str(unreadable).removeprefix(inside), {"reason": unreadable.code}) from None
