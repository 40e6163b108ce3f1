"""Taking a request over HTTP: the same as `rj request`, under the same rules as a row of an import."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.agency_bodies import Written, body_of, read_as
from api.bodies import parsed, read_body
from api.cases.bodies import CaseShown, case_shown
from api.cases.reading import CASES, case_ref
from api.cases.recording import BODY, RECORDERS
from api.cases.versions import etag
from api.error_mapping import as_problems
from api.idempotency import KEY_PROBLEMS, IdempotencyKey, answer_of, execute_idempotently, required
from api.identity import SignedIn, require
from api.opened import Opener
from api.ports import Casework
from api.problems import SIGNING_IN, Code, Problem, documented
from application.context import AreaForbidden, require_access
from application.reopening import load_continuation
from application.requests import wait_for_outcome
from domain.events import Actor, Continuation
from domain.people import Person
from domain.refusals import RecordRefused
from domain.vocabulary import CaseRef, Refusal
from ports.inbox import MessageStatus

SECONDS_TO_BECOME_A_CASE = 5.0
_CODES = (
    *SIGNING_IN,
    *BODY,
    *KEY_PROBLEMS,
    Code.WRONG_AREA,
    Code.REFUSED,
    Code.UNKNOWN_CASE,
    Code.NOT_ENDED,
)


class NewRequest(Written):
    """A request for restorative justice. What the fields may hold is said by the guide to importing requests."""

    request: dict[str, Any] = Field(
        description="area, initiated_by, takes_part_as, offender_age_group, and what else is known.",
        examples=[
            {
                "area": "eastmoor",
                "initiated_by": "victim",
                "takes_part_as": "direct_victim",
                "offender_age_group": "adult",
                "contact": "email",
            }
        ],
    )
    victim: dict[str, Any] = Field(
        description="name, and how they are reached: kept in the vault.",
        examples=[{"name": "Wilhelmina Ashdown", "email": "w.ashdown@example.org"}],
    )
    offender: dict[str, Any] | None = Field(
        default=None,
        description="name, date_of_birth, pnc_number, aliases: kept in the vault.",
        examples=[{"name": "Barnaby Quell", "date_of_birth": "1990-12-31"}],
    )
    offence: str = Field(default="", description="The kind of offence.", examples=["burglary"])
    note: str = Field(
        default="",
        max_length=10_000,
        description="Free text: kept in the vault.",
        examples=["She would rather be written to."],
    )
    continues: str | None = Field(
        default=None, description="The ended case that this takes up again.", examples=["RJ-7Q2K-9F3M"]
    )


class Stored(BaseModel):
    """A request that is stored, and will be a case as soon as it is delivered."""

    ref: str = Field(examples=["RJ-7Q2K-9F3M"])
    status: str = Field(examples=["received"])


def router(opener: Opener) -> APIRouter:
    """The address at which requests are taken."""
    routes, taking = APIRouter(tags=["cases"]), Taking(opener)
    later: dict[int | str, dict[str, Any]] = {
        202: {"model": Stored, "description": "It is stored, and becomes a case as soon as it is delivered."}
    }
    routes.add_api_route(
        CASES,
        taking.request,
        methods=["POST"],
        status_code=201,
        summary="Take a request",
        response_model=CaseShown,
        responses={**later, **documented(*_CODES)},
        openapi_extra=body_of(NewRequest),
    )
    return routes


class Taking:
    """Takes requests of those who may."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    async def request(self, request: Request, person: SignedIn, idempotency_key: IdempotencyKey = "") -> Response:
        """Stored first, so that it is not lost: 201 with the case, or 202 where it will only be one in a while."""
        require(person, *RECORDERS)
        required(idempotency_key)
        body = await read_body(request)
        said = read_as(NewRequest, parsed(body))

        async def do(id: str) -> Response:
            with as_problems(self._opener.away):
                return await _taken(casework, person, said, id)

        with as_problems(self._opener.away):
            casework = self._opener.casework()
            return await execute_idempotently(casework.idempotency, person, idempotency_key, request, body, do)


async def _taken(casework: Casework, person: Person, said: NewRequest, id: str) -> Response:
    area = said.request.get("area")
    if isinstance(area, str) and not person.sees(area):
        raise AreaForbidden
    assert person.records_as is not None, "whoever takes requests records"
    raw = {**said.model_dump(exclude={"continues"}, exclude_none=True), "source_id": id}
    by = Actor(person.records_as, person.id)
    taken = await casework.accept_request(raw, person.account, by, await _continued(casework, person, said.continues))
    became = await wait_for_outcome(casework.inbox, person.account, id, SECONDS_TO_BECOME_A_CASE)
    return await _answered(casework, taken.ref, became)


async def _continued(casework: Casework, person: Person, ended: str | None) -> Continuation | None:
    if ended is None:
        return None
    ref = case_ref(ended)
    await require_access(casework.desk, person, ref)
    return await load_continuation(casework.desk, ref)


async def _answered(casework: Casework, ref: CaseRef, became: MessageStatus) -> Response:
    location = {"location": f"{CASES}/{ref}"}
    if became.status == "refused":
        refused = RecordRefused(Refusal(became.reason), became.detail)
        raise Problem(Code.REFUSED, str(refused), {"reason": refused.code, "ref": ref})
    case = await casework.desk.queries.get_case(ref)
    if case is None:
        return answer_of(Stored(ref=ref, status="received"), 202, location)
    return answer_of(case_shown(case, casework.now()), 201, {**location, "etag": etag(case.version)})
