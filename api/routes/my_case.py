"""A victim's own case, by a link and a code: staff make the link, and the victim reads and acts with it.

Anything but the right code to a link that works is answered as if there were no link. Tokens and codes appear in no
log. Browsers get pages at the same addresses: `api.victim_pages`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response

from api.authentication import Recorder
from api.dependencies import Needs, Services, StaffServices
from api.error_mapping import OF_A_CASE
from api.guarded_route import GuardedRoute
from api.models.my_case import ContactChanges, MyCaseResponse, NewVictimAct, VictimLinkResponse
from api.problems import Code, Problem, document_problems
from api.responses import Ref, read_ref
from application.context import get_visible_case, require_access
from application.victim_acts import change_contact, make_record_id, show_case, take_victim_act
from domain.refusals import RecordRefused
from domain.translations import WELSH
from domain.vocabulary import CaseRef
from ports.vault import THE_SERVICE

CODE_HEADER = "x-case-code"
_NO_STORE = {"cache-control": "no-store"}

Token = Annotated[str, Path(max_length=100)]
CaseCode = Annotated[str, Header(alias=CODE_HEADER, max_length=20)]
RequestId = Annotated[str, Header(alias="idempotency-key", max_length=100)]

router = APIRouter(route_class=GuardedRoute)


@router.post(
    "/api/v1/cases/{ref}/victim-link",
    tags=["cases"],
    summary="Make a link for the victim",
    responses=document_problems(*OF_A_CASE),
)
async def make_link(
    ref: Ref, person: Recorder, services: Services, needs: Needs, response: Response
) -> VictimLinkResponse:
    """The address and the code are shown once: give them to the victim by different ways. An earlier link stops."""
    await require_access(services.context, person, read_ref(ref))
    snapshot = await get_visible_case(services.context, person, read_ref(ref))
    details = await services.context.vault.get_victim(read_ref(ref), by=THE_SERVICE) or {}
    is_welsh = details.get("language") == WELSH and (await services.get_area_settings(snapshot.area)).welsh
    link = await services.victim_links.create(read_ref(ref), person.account)
    response.headers.update(_NO_STORE)
    address = f"{needs.public_url.rstrip('/')}/my-case/{link.token}{'?lang=cy' if is_welsh else ''}"
    return VictimLinkResponse(address=address, code=link.code, last_day=link.last_day)


@router.delete(
    "/api/v1/cases/{ref}/victim-link",
    tags=["cases"],
    summary="Stop the victim's link",
    status_code=204,
    responses=document_problems(*OF_A_CASE),
)
async def stop_link(ref: Ref, person: Recorder, services: Services) -> None:
    """For a link that somebody else may have. Make a new one once it is safe."""
    await require_access(services.context, person, read_ref(ref))
    await services.victim_links.revoke(read_ref(ref), person.account)


@router.get("/my-case/{token}", include_in_schema=False)
async def show(token: Token, services: Services, response: Response, code: CaseCode = "") -> MyCaseResponse:
    """The case as its victim may know it."""
    ref = await _open(services, token, code)
    response.headers.update(_NO_STORE)
    return MyCaseResponse.model_validate(await show_case(services.context, ref, services.now()), from_attributes=True)


@router.post("/my-case/{token}/acts", include_in_schema=False, status_code=204)
async def act(
    token: Token, body: NewVictimAct, request: Request, services: Services, code: CaseCode = "", key: RequestId = ""
) -> None:
    """Takes effect at once."""
    ref = await _open(services, token, code)
    id = make_record_id(services.token_key, key)
    with _without_reason():
        await take_victim_act(services.context, ref, body.act, body.until, body.words, id)


@router.patch("/my-case/{token}/contact", include_in_schema=False, status_code=204)
async def edit_contact(
    token: Token, body: ContactChanges, services: Services, code: CaseCode = "", key: RequestId = ""
) -> None:
    """Changes what the body names, and nothing else."""
    ref = await _open(services, token, code)
    changes = {name: value for name, value in body.model_dump(exclude_unset=True).items() if name != "contact"}
    id = make_record_id(services.token_key, key)
    with _without_reason():
        await change_contact(services.context, services.read_victim, ref, body.contact, changes, id)


@contextmanager
def _without_reason() -> Iterator[None]:
    """Refuse without saying why: that may be a fact that the victim may not know."""
    try:
        yield
    except RecordRefused as refusal:
        raise Problem(Code.REFUSED, "this is not possible now: please ring us") from refusal


async def _open(services: StaffServices, token: str, code: str) -> CaseRef:
    ref = await services.victim_links.open(token, code)
    if ref is None:
        raise Problem(Code.NOT_FOUND)
    return ref
