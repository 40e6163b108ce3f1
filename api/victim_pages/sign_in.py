"""How a victim gets to their case: a link alone shows nothing, and each page asks for the code."""

from http import HTTPStatus

import structlog
from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.answer_page.forms import FormError
from api.pages import HEADERS
from api.request_body import read_form_body
from api.victim_pages.inputs import read_text
from api.victim_pages.page import VictimPage, in_time, now
from domain.wording import my_case as words

log = structlog.get_logger("api.victim_pages")

EXIT = "https://www.bbc.co.uk/weather"
"""Where somebody lands who leaves at once: a page that anybody could have open."""


def show_code_form(page: VictimPage, error: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return the page for the code, the same for every link; `status` is that of an error."""
    errors = {"code": FormError("code", "code", page.translate(error))} if error else {}
    status = status if error else HTTPStatus.OK
    title = page.translate(words.CODE_HEADING)
    return page.render("victim_code", title, status=status, has_session=False, errors=errors)


async def enter_code(page: VictimPage, request: Request) -> Response:
    """Start a session for the right code, and go to the case."""
    code = "".join(read_text(await read_form_body(request), "code").split())
    if not code:
        return show_code_form(page, words.CODE_MISSING, HTTPStatus.UNPROCESSABLE_ENTITY)
    ref = await in_time(page.services.victim_links.open(page.token, code))
    if ref is None:
        return show_code_form(page, words.CODE_WRONG, HTTPStatus.UNPROCESSABLE_ENTITY)
    case = await page.load(ref)
    await page.choose_language(case, case.language)
    log.info("victim_page.opened", case=ref)
    cookie = page.sessions.make_cookie(page.language, now())
    return RedirectResponse(page.path, HTTPStatus.SEE_OTHER, {**HEADERS, "set-cookie": cookie})


def leave(page: VictimPage) -> Response:
    """End the session, and go to a page of somebody else."""
    return RedirectResponse(EXIT, HTTPStatus.SEE_OTHER, {**HEADERS, "set-cookie": page.sessions.end_cookie()})
