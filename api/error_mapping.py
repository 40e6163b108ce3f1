"""Which problem each error is: exceptions of the application, validation errors, an unavailable database."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.problems import Code, Problem, problem_response
from application.context import AreaForbidden, UnknownCase
from application.cover import UnknownCover
from application.record_event import RoleForbidden
from application.reopening import CaseNotEnded
from application.victim_messages import UnknownMessage, WrongState
from application.victims import NoVictimDetails
from domain.refusals import CaseworkError, RecordRefused
from domain.vocabulary import Refusal
from ports.cases import CaseTimeout, TemporalUnavailable, WorkflowNotFound
from ports.directory import AgencyExists, InvalidAgency, KeyAlreadyMade, UnknownAgency
from ports.requests import InvalidInput
from ports.staff import InvalidMember, MemberAlreadyAdded, MemberExists, UnknownMember

log = structlog.get_logger("api.errors")

OF_A_CASE = (Code.UNKNOWN_CASE, Code.WRONG_AREA)
OF_RECORDING = (
    *OF_A_CASE,
    Code.REFUSED,
    Code.VERSION_CONFLICT,
    Code.NOT_RUNNING,
    Code.CASE_TIMEOUT,
    Code.TEMPORAL_UNAVAILABLE,
)
KEYS_NOT_STORED = Problem(Code.ALREADY_DONE, "the keys were in the first response only: if it was lost, make new ones")
MEMBER_NOT_STORED = Problem(Code.ALREADY_DONE, "the first response named a person: look them up in the register")

_NOT_KNOWN = "it is not known whether it was recorded: send it again with the same Idempotency-Key, and it counts once"
_FIXED: dict[type[Exception], Problem] = {
    UnknownCase: Problem(Code.UNKNOWN_CASE),
    UnknownCover: Problem(Code.UNKNOWN_COVER),
    UnknownMessage: Problem(Code.UNKNOWN_NOTIFICATION),
    UnknownAgency: Problem(Code.UNKNOWN_AGENCY),
    UnknownMember: Problem(Code.UNKNOWN_MEMBER),
    NoVictimDetails: Problem(Code.UNKNOWN_VICTIM),
    CaseNotEnded: Problem(Code.NOT_ENDED, "only a closed case can be continued"),
    AreaForbidden: Problem(Code.WRONG_AREA, "the case is in an area that is not one of yours"),
    RoleForbidden: Problem(Code.WRONG_ROLE, "this is for: caseworker, supervisor"),
    WorkflowNotFound: Problem(Code.NOT_RUNNING, "an operator must look at it"),
    CaseTimeout: Problem(Code.CASE_TIMEOUT, _NOT_KNOWN),
    TemporalUnavailable: Problem(Code.TEMPORAL_UNAVAILABLE, _NOT_KNOWN),
    AgencyExists: Problem(Code.AGENCY_EXISTS, "id: already in use, perhaps by an agency that was removed"),
    MemberExists: Problem(Code.MEMBER_EXISTS, "id: already in use, perhaps by a deactivated account"),
    KeyAlreadyMade: KEYS_NOT_STORED,
    MemberAlreadyAdded: MEMBER_NOT_STORED,
}
_CODES_OF_REFUSALS = {
    Refusal.VERSION_CONFLICT: Code.VERSION_CONFLICT,
    Refusal.NOT_BY_THIS_SENDER: Code.WRONG_ROLE,
    Refusal.SUPERVISOR_DECIDES: Code.WRONG_ROLE,
    Refusal.UNREADABLE: Code.UNREADABLE,
    Refusal.UNKNOWN_EVENT: Code.UNKNOWN_EVENT,
    Refusal.FREE_TEXT: Code.FREE_TEXT,
}


def find_problem(error: Exception) -> Problem | None:
    """Return the problem that `error` is; None: it is an error of ours."""
    match error:
        case Problem():
            return error
        case RecordRefused():
            return Problem(_CODES_OF_REFUSALS.get(error.code, Code.REFUSED), str(error), {"reason": error.code})
        case WrongState():
            return Problem(Code.WRONG_STATE, f"it is {error.state}")
        case InvalidInput():
            return Problem(Code.UNREADABLE, str(error))
        case InvalidAgency() | InvalidMember():
            return Problem(Code.INVALID, str(error))
        case _:
            return _FIXED.get(type(error))


def problem_of(error: CaseworkError) -> Problem:
    """Return the problem that `error` is."""
    return find_problem(error) or Problem(Code.INTERNAL)


@contextmanager
def as_problems(away: tuple[type[Exception], ...]) -> Iterator[None]:
    """Raise as Problem what is not done meanwhile; `away` are the errors of a store that is away."""
    try:
        yield
    except CaseworkError as failed:
        raise problem_of(failed) from None
    except away as error:
        log.warning("database_unavailable", error=type(error).__name__)
        raise Problem(Code.DATABASE_UNAVAILABLE, "the database does not answer: try again") from None


def install(app: FastAPI) -> None:
    """Have every error of `app` answered as a problem."""
    app.exception_handler(Problem)(_on_problem)
    app.exception_handler(HTTPException)(_on_http)
    app.exception_handler(RequestValidationError)(_on_validation)
    app.exception_handler(Exception)(_on_anything)


async def _on_problem(_request: Request, error: Problem) -> JSONResponse:
    return problem_response(error)


async def _on_http(_request: Request, error: HTTPException) -> JSONResponse:
    """What the framework refuses by itself: an unknown address, a method that it does not take."""
    codes = {404: Code.NOT_FOUND, 405: Code.METHOD_NOT_ALLOWED}
    return problem_response(Problem(codes.get(error.status_code, Code.BAD_REQUEST)), dict(error.headers or {}))


async def _on_validation(_request: Request, _error: RequestValidationError) -> JSONResponse:
    return problem_response(Problem(Code.BAD_REQUEST))


async def _on_anything(request: Request, error: Exception) -> JSONResponse:
    log.error("api.failed", route=getattr(request.scope.get("route"), "path", ""), exc_info=error)
    return problem_response(Problem(Code.INTERNAL))
