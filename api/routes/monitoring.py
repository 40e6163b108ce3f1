"""What reports count besides cases: offers, and people's characteristics."""

from fastapi import APIRouter, Response

from api.authentication import Recorder, require_area
from api.dependencies import Services, StaffServices
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, to_json_response
from api.models.monitoring import CharacteristicsResponse, NewCharacteristics, NewOffer, OfferResponse
from api.problems import Code, Problem, document_problems
from application.known_names import require_agency
from application.known_names import require_area as require_known_area
from domain.events import is_within_reach
from domain.monitoring import CHARACTERISTICS, CharacteristicAnswers
from domain.people import Person
from domain.vocabulary import AgencyRef
from ports.monitoring import Offer

STORE_SECONDS = 5.0
_OF_AN_AREA = (Code.WRONG_AREA, Code.UNKNOWN_AREA)

router = APIRouter(prefix="/api/v1", tags=["supervision"], route_class=GuardedRoute)


@router.post(
    "/offers",
    summary="Record an offer",
    status_code=201,
    response_model=OfferResponse,
    responses=document_problems(*_OF_AN_AREA, Code.UNKNOWN_AGENCY, Code.INVALID),
)
async def record_offer(new: NewOffer, person: Recorder, services: Services, idempotent: Idempotent) -> Response:
    """Restorative justice was offered to somebody, who may or may not ask for it. Reports count it."""

    async def store(record_id: str) -> Response:
        await _require_area(services, new.area, person)
        await require_agency(services.names, new.made_by, "made_by")
        today = services.today()
        offer = Offer(new.made_on or today, new.area, new.offence, AgencyRef(new.made_by))
        if not is_within_reach(offer.made_on, today) or offer.made_on > today:
            raise Problem(Code.INVALID, "made_on: today or before")
        await services.store_offer(offer, person.account, record_id)
        return to_json_response(OfferResponse.model_validate(offer), 201)

    return await idempotent.execute(store, seconds=STORE_SECONDS)


@router.post(
    "/characteristics",
    summary="Count what somebody said of themselves",
    status_code=201,
    responses=document_problems(*_OF_AN_AREA, Code.INVALID),
)
async def count_characteristics(
    new: NewCharacteristics, person: Recorder, services: Services
) -> CharacteristicsResponse:
    """Adds to counts of the area and the quarter, and stores nothing else, so that nobody can be found in them.

    For the same reason there is no Idempotency-Key, under which the request would be stored: sent twice, it counts
    twice.
    """
    await _require_area(services, new.area, person)
    wrong = [name for name, value in new.answers.items() if value not in CHARACTERISTICS.get(name, ())]
    if wrong or not new.answers:
        raise Problem(Code.INVALID, f"answers: to at least one of {', '.join(CHARACTERISTICS)}, as the fields say")
    answers = CharacteristicAnswers(new.area, new.side, new.answers)
    await services.count_characteristics(answers, services.today())
    return CharacteristicsResponse(counted=len(new.answers))


async def _require_area(services: StaffServices, area: str, person: Person) -> None:
    await require_known_area(services.names, area, person)
    require_area(person, area)
