"""What reports count besides cases: offers, and people's characteristics."""

from dataclasses import asdict

from fastapi import APIRouter, Response

from api.authentication import Reader, Recorder, require_area
from api.dependencies import Services, StaffServices
from api.filters import Areas
from api.guarded_route import GuardedRoute
from api.idempotency import Idempotent, to_json_response
from api.models.monitoring import (
    CharacteristicsResponse,
    NewCharacteristics,
    NewOffer,
    OfferResponse,
    OffersResponse,
    RecordedOfferResponse,
)
from api.pagination import Limit
from api.problems import Code, Problem, document_problems
from application.known_names import require_agency
from application.known_names import require_area as require_known_area
from domain.events import is_within_reach
from domain.monitoring import CHARACTERISTICS, CharacteristicAnswers
from domain.people import Person
from domain.vocabulary import AgencyRef
from ports.monitoring import Offer, OfferCorrected, UnknownOffer

STORE_SECONDS = 5.0
_OF_AN_AREA = (Code.WRONG_AREA, Code.UNKNOWN_AREA)

router = APIRouter(prefix="/api/v1", tags=["supervision"], route_class=GuardedRoute)


@router.post(
    "/offers",
    summary="Record an offer",
    status_code=201,
    response_model=OfferResponse,
    responses=document_problems(*_OF_AN_AREA, Code.UNKNOWN_AGENCY, Code.INVALID, Code.WRONG_STATE),
)
async def record_offer(new: NewOffer, person: Recorder, services: Services, idempotent: Idempotent) -> Response:
    """Restorative justice was offered to somebody, who may or may not ask for it. Reports count it.

    One that was recorded wrongly is recorded again with `corrects`: the return then counts the later one.
    """

    async def store(record_id: str) -> Response:
        await _require_area(services, new.area, person)
        await require_agency(services.names, new.made_by, "made_by")
        today = services.today()
        made_by = AgencyRef(new.made_by)
        offer = Offer(new.made_on or today, new.area, new.offence, made_by, new.corrects, new.was_made)
        if not is_within_reach(offer.made_on, today) or offer.made_on > today:
            raise Problem(Code.INVALID, "made_on: today or before")
        if not new.was_made and new.corrects is None:
            raise Problem(Code.INVALID, "corrects: which offer was not made")
        try:
            id = await services.store_offer(offer, person.account, record_id, person.within)
        except UnknownOffer:
            raise Problem(Code.INVALID, "corrects: no such offer in your areas") from None
        except OfferCorrected:
            raise Problem(Code.WRONG_STATE, "it has been corrected: correct the later one") from None
        return to_json_response(OfferResponse(id=id, **asdict(offer)), 201)

    return await idempotent.execute(store, seconds=STORE_SECONDS)


@router.get("/offers", summary="List offers", responses=document_problems(Code.WRONG_AREA, Code.UNKNOWN_AREA))
async def list_offers(_person: Reader, areas: Areas, services: Services, limit: Limit = 50) -> OffersResponse:
    """The last that were recorded in your areas, also those that have been corrected."""
    found = await services.offers.list_offers(areas.areas, limit + 1)
    return OffersResponse(
        offers=[RecordedOfferResponse.model_validate(offer) for offer in found[:limit]], more=len(found) > limit
    )


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
