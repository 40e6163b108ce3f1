"""The pages on which a victim reads their own case and acts in it, in plain HTML and without scripts.

A link alone shows nothing: each page asks for the code, and says the same for a wrong code and a link that never was.
A session then lasts until the victim leaves, or does nothing for a while. Before each act there is a page that says
what it does. No token, code or detail is in a log.
"""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from api.victim_pages import acts, case_page, contact, sign_in
from api.victim_pages.contact import CONTACT_PAGE
from api.victim_pages.errors import respond
from api.victim_pages.page import VictimPage


class PageRoute(APIRoute):
    """A route for browsers, which say that they accept HTML; programs get JSON at the same address."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """See Starlette."""
        accepted = b",".join(value for name, value in scope.get("headers", ()) if name == b"accept")
        return super().matches(scope) if b"text/html" in accepted else (Match.NONE, {})


router = APIRouter(prefix="/my-case/{token}", include_in_schema=False, route_class=PageRoute)


@router.get("/leave")
async def leave(token: str, request: Request) -> Response:
    """A page of somebody else, at once; the session has ended."""
    return sign_in.leave(VictimPage(request, token))


@router.api_route("/{name}", methods=["GET", "HEAD"])
async def show_form(token: str, name: str, request: Request) -> Response:
    """What the act means, with a form; without a session the page for the code."""
    page = VictimPage(request, token, name)
    show = contact.show_contact if name == CONTACT_PAGE else acts.show_act
    return await respond(page, show(page))


@router.post("/{name}")
async def receive_form(token: str, name: str, request: Request) -> Response:
    """The check before an act, or what has been done."""
    page = VictimPage(request, token, name)
    receive = contact.receive_contact if name == CONTACT_PAGE else acts.receive_act
    return await respond(page, receive(page))


@router.api_route("", methods=["GET", "HEAD"])
async def show(token: str, request: Request) -> Response:
    """The case; without a session the page for the code."""
    page = VictimPage(request, token)
    return await respond(page, case_page.show_case_page(page))


@router.post("")
async def enter_code(token: str, request: Request) -> Response:
    """The case for the right code."""
    page = VictimPage(request, token)
    return await respond(page, sign_in.enter_code(page, request))
