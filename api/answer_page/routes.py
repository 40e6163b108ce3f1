"""The page on which an agency answers what an email asked. It records the same event as a webhook would.

The address is the key: anybody with the token of a link may answer once for the agency, and raise concerns.
There is no session and no cookie, so nothing can be done with a page that was opened elsewhere. Viewing is never
answering, since programs that check mail fetch links. Tokens appear in no log.
"""

import asyncio
from collections.abc import Awaitable
from datetime import date
from http import HTTPStatus
from typing import TypeVar

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.answer_page.forms import ANSWER, FormFields, FormResult, read_form
from api.answer_page.messages import (
    ANSWERED_MEANWHILE,
    CONCERN_RECEIVED,
    NOT_ASKED,
    UNKNOWN_LINK,
    PageMessage,
    describe_closed_link,
    describe_problem,
)
from api.answer_page.questions import CONCERN, list_answers
from api.dependencies import Dependencies, get_dependencies
from api.error_mapping import find_problem
from api.pages import render_page
from api.problems import Code, Problem, to_problem_response
from api.request_body import read_form_body
from domain.days import format_day, to_london_day
from domain.wording.agencies import QUESTIONS
from ports.agencies import Agency
from ports.answer_links import AnswerLink, LinkAnswer
from ports.inbox import MessageStatus
from workflows.agency_messages import MAX_NOTE_LENGTH, source_of

log = structlog.get_logger("api.answer_page")
T = TypeVar("T")

STORE_SECONDS = 5.0
NOTE_HINT = f"Only the service's staff read it. At most {MAX_NOTE_LENGTH:,} characters."
SEEN = "seen"
_PERSON = {
    "name": "The person's name",
    "date_of_birth": "Their date of birth",
    "year_of_birth": "Their year of birth",
    "pnc_number": "Their PNC number",
    "nomis_number": "Their prison number",
    "crn": "Their CRN",
}

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


class LinkClosed(Exception):
    """The link asks nothing: `message` says why. `ref` is the case, where it is known."""

    def __init__(self, message: PageMessage, ref: str = "") -> None:
        super().__init__(message.title)
        self.message = message
        self.ref = ref


class AnswerPage:
    """The page of the link with `token`."""

    def __init__(self, dependencies: Dependencies, token: str) -> None:
        self._dependencies = dependencies
        self._links = dependencies.answer_page.links
        self._token = token

    async def respond(self, page: Awaitable[HTMLResponse]) -> HTMLResponse:
        """Return the page, or one that says why there is none."""
        try:
            return await page
        except LinkClosed as closed:
            return self._render_message(closed.message, closed.ref)
        except Exception as error:
            problem = find_problem(error, self._dependencies.database_errors)
            if problem is None:
                raise
            headers = to_problem_response(problem).headers
            retry_headers = {name: headers[name] for name in ("retry-after", "connection") if name in headers}
            return self._render_message(describe_problem(problem.code), headers=retry_headers)

    async def show(self) -> HTMLResponse:
        """Return the question. Raises LinkClosed."""
        link, agency = await self._find_link()
        if link.takes_answer:
            return await self._render_question(link, agency, link.answers)
        return await self._render_without_question(link, agency, HTTPStatus.OK)

    async def answer(self, request: Request) -> HTMLResponse:
        """Return the receipt of what was posted, or the question again with what to correct. Raises LinkClosed."""
        link, agency = await self._find_link()
        fields = await read_form_body(request)
        (seen, *_) = fields.get(SEEN, ("",))
        if not (seen.isascii() and seen.isdigit() and len(seen) < 10):
            raise Problem(Code.BAD_REQUEST)
        answers = list_answers(link.question, link.wait) if link.takes_answer else (CONCERN,)
        result = read_form(answers, fields, self._dependencies.answer_page.today(), MAX_NOTE_LENGTH)
        if result.answer is None and not link.takes_answer:
            has_concern = CONCERN.value in fields.get(ANSWER, ())
            status = HTTPStatus.UNPROCESSABLE_ENTITY if has_concern else HTTPStatus.GONE
            return await self._render_without_question(link, agency, status, fields, result if has_concern else None)
        if result.answer is None:
            return await self._render_question(link, agency, int(seen), fields, result)
        given = LinkAnswer(result.answer.event, result.data, result.note, int(seen), result.answer.final)
        if result.answer is CONCERN:
            if not await _in_time(self._links.raise_concern(self._token, agency, given)):
                await self._find_link()
                raise LinkClosed(UNKNOWN_LINK, link.ref)
            log.info("concern.by_link", agency=agency.id, case=link.ref)
            return self._render_message(CONCERN_RECEIVED, link.ref)
        if not await _in_time(self._links.answer(self._token, agency, given)):
            link, agency = await self._find_link()
            if not link.takes_answer:
                return await self._render_without_question(link, agency, HTTPStatus.GONE)
            raise LinkClosed(ANSWERED_MEANWHILE, link.ref)
        log.info("answer.by_link", agency=agency.id, case=link.ref, recorded=result.answer.event)
        noted = (("What you wrote", "Passed to the service's staff"),) if result.note else ()
        return render_page(
            "received",
            "Your answer has been received",
            contact=self._dependencies.answer_page.contact,
            ref=link.ref,
            agency=agency.name,
            words=(*result.words, *noted),
            final=result.answer.final,
            last_day=format_day(link.last_day),
        )

    async def _find_link(self) -> tuple[AnswerLink, Agency]:
        """The link, while it takes an answer or a concern, and the agency that it asks. Raises LinkClosed."""
        link = await _in_time(self._links.find_link(self._token))
        if link is None:
            raise LinkClosed(UNKNOWN_LINK)
        agency = await _in_time(self._dependencies.directory.get_by_id(link.agency))
        if agency is None:
            raise LinkClosed(NOT_ASKED, link.ref)
        if not link.takes_concern:
            raise LinkClosed(describe_closed_link(link, await self._get_status(link, agency)), link.ref)
        return link, agency

    async def _get_status(self, link: AnswerLink, agency: Agency) -> MessageStatus | None:
        """What became of the answer that the link had, if it had one."""
        return await _in_time(self._dependencies.inbox.get_status(source_of(agency), link.message_id))

    async def _render_without_question(
        self,
        link: AnswerLink,
        agency: Agency,
        status: HTTPStatus,
        fields: FormFields | None = None,
        result: FormResult | None = None,
    ) -> HTMLResponse:
        """The page of a link that takes no answer any more: it shows nobody, and takes a concern."""
        message = describe_closed_link(link, await self._get_status(link, agency))
        return render_page(
            "question",
            message.title,
            status=status,
            contact=self._dependencies.answer_page.contact,
            ref=link.ref,
            asked=" ".join(message.paragraphs),
            facts=[("Case", link.ref), ("Agency", agency.name)],
            legend="If something has come up",
            answers=(CONCERN,),
            posted=fields if fields and result else {},
            errors={error.name: error for error in (result.errors if result else ())},
            note_hint=NOTE_HINT,
            seen=link.answers,
        )

    async def _render_question(
        self,
        link: AnswerLink,
        agency: Agency,
        seen: int,
        fields: FormFields | None = None,
        result: FormResult | None = None,
    ) -> HTMLResponse:
        question = QUESTIONS[link.question]
        person = await _in_time(self._links.get_offender(link))
        facts = [("Case", link.ref), ("Agency", agency.name), ("Please answer by", format_day(link.due_on))]
        if link.answered_at is not None:
            facts.append(("You last answered on", format_day(to_london_day(link.answered_at))))
        facts += [(label, _format_detail(person[name])) for name, label in _PERSON.items() if name in person]
        return render_page(
            "question",
            question.title,
            status=422 if result else 200,
            contact=self._dependencies.answer_page.contact,
            ref=link.ref,
            asked=question.asked,
            facts=facts,
            legend="Your answer",
            answers=list_answers(link.question, link.wait),
            posted=fields or {},
            errors={error.name: error for error in (result.errors if result else ())},
            note_hint=NOTE_HINT,
            seen=seen,
        )

    def _render_message(
        self, message: PageMessage, ref: str = "", headers: dict[str, str] | None = None
    ) -> HTMLResponse:
        return render_page(
            "message",
            message.title,
            status=message.status,
            headers=headers,
            contact=self._dependencies.answer_page.contact,
            ref=ref,
            paragraphs=message.paragraphs,
        )


async def _in_time(result: Awaitable[T]) -> T:
    async with asyncio.timeout(STORE_SECONDS):
        return await result


def _format_detail(detail: str) -> str:
    """The detail; a day as people write it."""
    try:
        return format_day(date.fromisoformat(detail))
    except ValueError:
        return detail
