"""The page on which an agency answers what an email asked. It records the same event as a webhook would.

The address is the key: whoever has the token of a link may answer once for the agency. There is no session and no
cookie, so nothing can be done with a page that was opened elsewhere. Viewing is never answering, since programs that
check mail fetch links. Tokens appear in no log.
"""

import asyncio
from datetime import date

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import MutableHeaders

from api.answer_page.forms import Fault, Filled, Posted, read_form
from api.answer_page.messages import ANSWERED_MEANWHILE, NOBODY, UNKNOWN, Message, explain_link, message_of_problem
from api.answer_page.questions import answers_to
from api.dependencies import Dependencies, get_dependencies
from api.error_mapping import problem_of
from api.pages import render_page
from api.problems import Code, Problem, problem_response
from api.request_body import read_form_body
from domain.days import format_day
from domain.wording.agencies import question_of
from ports.agencies import Agency
from ports.answer_links import AnswerLink, LinkAnswer, LinkState
from workflows.agency_events import MAX_NOTE_LENGTH, source_of

log = structlog.get_logger("api.answer_page")

STORE_SECONDS = 5.0
NOTE_HINT = f"Only the service's staff read it. At most {MAX_NOTE_LENGTH:,} characters."
SEEN = "seen"
_PERSON = {"name": "The person's name", "date_of_birth": "Their date of birth"}

router = APIRouter(prefix="/answer/{token}", include_in_schema=False)


@router.api_route("", methods=["GET", "HEAD"])
async def show(token: str, request: Request) -> HTMLResponse:
    """The question, or why the link asks nothing any more."""
    page = AnswerPage(get_dependencies(request), token)
    return await page.respond(page.show())


@router.post("")
async def answer(token: str, request: Request) -> HTMLResponse:
    """The receipt of the answer, or the question again with what to correct."""
    page = AnswerPage(get_dependencies(request), token)
    return await page.respond(page.answer(request))
