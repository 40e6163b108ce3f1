"""New requests for restorative justice: each is stored first, so that it is not lost, and then becomes a case."""

from fastapi import APIRouter, Response

from api.authentication import Recorder
from api.dependencies import Needs, Services
from api.error_mapping import OF_A_CASE
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, to_json_response
from api.models.cases import CaseResponse
from api.models.requests import NewRequest, RequestReceivedResponse
from api.problems import Code, Problem, document_problems
from api.responses import read_ref, to_case_response
from api.versions import format_etag
from application.context import AreaForbidden, require_access
from application.known_names import require_agency, require_area
from application.reopening import load_continuation
from application.requests import wait_for_outcome
from domain.events import Actor
from domain.refusals import RecordRefused
from domain.vocabulary import Refusal

CASE_TIMEOUT = 5.0

router = APIRouter(prefix="/api/v1", tags=["cases"], route_class=GuardedRoute)


@router.post(
    "/cases",
    summary="Record a new request",
    status_code=201,
    response_model=CaseResponse,
    responses={
        202: {
            "model": RequestReceivedResponse,
            "description": "The request is stored, and becomes a case as soon as it is delivered.",
        },
        **document_problems(*OF_A_CASE, Code.UNKNOWN_AREA, Code.UNKNOWN_AGENCY, Code.REFUSED, Code.NOT_ENDED),
    },
)
async def add_request(
    new: NewRequest, person: Recorder, needs: Needs, services: Services, idempotent: Idempotent
) -> Response:
    """Stored first, so that it is not lost: 201 with the case, or 202 if it becomes a case a little later."""

    async def do(record_id: str) -> Response:
        area = new.request.get("area")
        if isinstance(area, str) and area:
            await require_area(services.names, area, person)
            if not person.may_see(area):
                raise AreaForbidden
        referrer = new.request.get("referred_by")
        if isinstance(referrer, str) and referrer:
            await require_agency(services.names, referrer, "request.referred_by")
        assert person.records_as is not None, "a Recorder records"
        continues = None
        if new.continues is not None:
            await require_access(services.context, person, read_ref(new.continues))
            continues = await load_continuation(services.context, read_ref(new.continues))
        raw = {**new.model_dump(exclude={"continues"}, exclude_none=True), "source_id": record_id}
        accepted = await services.accept_request(raw, person.account, Actor(person.records_as, person.id), continues)
        outcome = await wait_for_outcome(needs.inbox, person.account, record_id, CASE_TIMEOUT)
        if outcome.status == "refused":
            refused = RecordRefused(Refusal(outcome.reason), outcome.detail)
            raise Problem(Code.REFUSED, str(refused), {"reason": refused.code, "ref": accepted.ref})
        location = {"location": f"/api/v1/cases/{accepted.ref}"}
        case = await services.context.queries.get_case(accepted.ref)
        if case is None:
            return to_json_response(RequestReceivedResponse(ref=accepted.ref), 202, location)
        return to_json_response(
            to_case_response(case, services.now()), 201, {**location, "etag": format_etag(case.version)}
        )

    return await idempotent.execute(do)
