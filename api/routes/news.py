"""What is new in cases since somebody last saw them. Looking at a case changes nothing; saying so does."""

from fastapi import APIRouter

from api.authentication import Reader, Recorder
from api.dependencies import Services
from api.error_mapping import OF_A_CASE
from api.guarded_route import GuardedRoute
from api.models.news import CaseNewsResponse, CaseWithNewsResponse, NewEntryResponse, NewsResponse, Seen
from api.problems import document_problems
from api.responses import Ref, read_ref
from application.context import get_visible_case

MAX_NEWS = 100

router = APIRouter(prefix="/api/v1", tags=["cases"], route_class=GuardedRoute)


@router.get("/news", summary="List your cases with news")
async def list_news(person: Recorder, services: Services) -> NewsResponse:
    """Your cases in which others have recorded something since you last saw them."""
    found = await services.news.list_cases(person.account, person.id, person.within, services.today(), MAX_NEWS)
    return NewsResponse(cases=[CaseWithNewsResponse.model_validate(case) for case in found])


@router.get("/cases/{ref}/news", summary="Show what is new to you", responses=document_problems(*OF_A_CASE))
async def show_news(ref: Ref, person: Reader, services: Services) -> CaseNewsResponse:
    """What others have recorded since you last saw the case. It stays new until you say that you have seen it."""
    case = await get_visible_case(services.context, person, read_ref(ref))
    found = await services.news.list_entries(person.account, person.id, case.ref, MAX_NEWS)
    return CaseNewsResponse(entries=[NewEntryResponse.model_validate(entry) for entry in found])


@router.post("/cases/{ref}/seen", summary="Say that you have seen it", responses=document_problems(*OF_A_CASE))
async def save_seen(ref: Ref, body: Seen, person: Reader, services: Services) -> Seen:
    """What is in the case up to a version is no longer new to you. Sent again, it changes nothing."""
    case = await get_visible_case(services.context, person, read_ref(ref))
    await services.save_seen(person.account, case.ref, body.version)
    return body
