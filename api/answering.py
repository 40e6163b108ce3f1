"""The page on which an agency answers what an e-mail asked of it. It records the very event that a webhook would.

The address is the key: whoever has the token of a link may answer once in the agency's name. There is no session and no
cookie, so that nothing can be done with a page that was opened elsewhere. To look is never to answer, since programs
that check mail fetch links. Tokens stand in no log.
"""

from collections.abc import Awaitable
from datetime import date

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.acceptance import or_away
from api.answer_page.forms import Fault, Filled, Posted, read_form
from api.answer_page.messages import ANSWERED_MEANWHILE, NOBODY, UNKNOWN, Message, of_problem, over
from api.answer_page.questions import answers_to
from api.bodies import read_form_body
from api.pages import page
from api.ports import Answering, Parts
from api.problems import Code, Problem, problem_response
from domain.days import format_day
from domain.wording.agencies import question_of
from ports.agencies import Agency
from ports.answer_links import AnswerLink, LinkAnswer, LinkState
from workflows.agency_events import MAX_NOTE_LENGTH, source_of

log = structlog.get_logger("api.answering")

NOTE_HINT = f"Only the service's staff read it. At most {MAX_NOTE_LENGTH:,} characters."
SEEN = "seen"
_PERSON = {"name": "The person's name", "date_of_birth": "Their date of birth"}


def router(parts: Parts, answering: Answering) -> APIRouter:
    """The address of each link."""
    routes, pages = APIRouter(prefix="/answer/{token}", include_in_schema=False), AnswerPages(parts, answering)

    @routes.api_route("", methods=["GET", "HEAD"])
    async def show(token: str) -> HTMLResponse:
        return await pages.or_problem(pages.show(token))

    @routes.post("")
    async def take(token: str, request: Request) -> HTMLResponse:
        return await pages.or_problem(pages.take(token, request))

    return routes


class AnswerPages:
    """Shows what a link asks, and takes the answer."""

    def __init__(self, parts: Parts, answering: Answering) -> None:
        self._parts = parts
        self._desk = answering.desk
        self._contact = answering.contact
        self._today = answering.today

    async def or_problem(self, answer: Awaitable[HTMLResponse]) -> HTMLResponse:
        """The page, or one that says why there is none."""
        try:
            return await answer
        except Problem as problem:
            headers = problem_response(problem).headers
            kept = {name: headers[name] for name in ("retry-after", "connection") if name in headers}
            return self._message(of_problem(problem.code), headers=kept)

    async def show(self, token: str) -> HTMLResponse:
        """The question, or why the link asks nothing any more. Raises Problem."""
        asked = await self._asked(token)
        return asked if isinstance(asked, HTMLResponse) else await self._question(*asked, asked[0].answers)

    async def take(self, token: str, request: Request) -> HTMLResponse:
        """The receipt of what was posted, or the question again with what is to be mended. Raises Problem."""
        asked = await self._asked(token)
        if isinstance(asked, HTMLResponse):
            return asked
        link, agency = asked
        posted = await read_form_body(request)
        seen = _seen(posted)
        filled = read_form(answers_to(link.question, link.wait), posted, self._today(), MAX_NOTE_LENGTH)
        if filled.answer is None:
            return await self._question(link, agency, seen, posted, filled.faults)
        given = LinkAnswer(filled.answer.event, filled.data, filled.note, seen, filled.answer.final)
        if not await or_away(self._parts, self._desk.answer(token, agency, given)):
            return await self._too_late(token)
        return self._received(link, agency, filled)

    async def _asked(self, token: str) -> tuple[AnswerLink, Agency] | HTMLResponse:
        """What the link asks and of whom, or the page that says why it asks nothing."""
        link = await or_away(self._parts, self._desk.asked(token))
        if link is None:
            return self._message(UNKNOWN)
        agency = await or_away(self._parts, self._parts.directory.get_by_id(link.agency))
        if agency is None:
            return self._message(NOBODY, link.ref)
        if link.state is LinkState.LIVE:
            return link, agency
        standing = self._parts.inbox.get_status(source_of(agency), link.message_id)
        return self._message(over(link, await or_away(self._parts, standing)), link.ref)

    async def _question(
        self, link: AnswerLink, agency: Agency, seen: int, posted: Posted | None = None, faults: tuple[Fault, ...] = ()
    ) -> HTMLResponse:
        question = question_of(link.question, link.wait)
        return page(
            "question",
            question.title,
            status=422 if faults else 200,
            contact=self._contact,
            ref=link.ref,
            asked=question.asked,
            facts=(*_facts(link, agency), *await self._person(link)),
            answers=answers_to(link.question, link.wait),
            posted=posted or {},
            faults={fault.name: fault for fault in faults},
            note_hint=NOTE_HINT,
            seen=seen,
        )

    async def _person(self, link: AnswerLink) -> tuple[tuple[str, str], ...]:
        details = await or_away(self._parts, self._desk.offender(link))
        return tuple((label, _in_words(details[name])) for name, label in _PERSON.items() if name in details)

    def _received(self, link: AnswerLink, agency: Agency, filled: Filled) -> HTMLResponse:
        assert filled.answer is not None
        log.info("answer.by_link", agency=agency.id, case=link.ref, recorded=filled.answer.event)
        noted = (("What you wrote", "Passed to the service's staff"),) if filled.note else ()
        return page(
            "received",
            "Your answer has been received",
            contact=self._contact,
            ref=link.ref,
            agency=agency.name,
            words=(*filled.words, *noted),
            final=filled.answer.final,
            last_day=format_day(link.last_day),
        )

    async def _too_late(self, token: str) -> HTMLResponse:
        """Somebody else answered while this answer was written."""
        asked = await self._asked(token)
        return asked if isinstance(asked, HTMLResponse) else self._message(ANSWERED_MEANWHILE, asked[0].ref)

    def _message(self, message: Message, ref: str = "", headers: dict[str, str] | None = None) -> HTMLResponse:
        return page(
            "message",
            message.title,
            status=message.status,
            headers=headers,
            contact=self._contact,
            ref=ref,
            paragraphs=message.paragraphs,
        )


def _facts(link: AnswerLink, agency: Agency) -> tuple[tuple[str, str], ...]:
    facts = (("Case", link.ref), ("Asked of", agency.name), ("Please answer by", format_day(link.due_on)))
    if link.answered_at is None:
        return facts
    return (*facts, ("Your last answer", f"Not yet, on {format_day(link.answered_at.date())}"))


def _in_words(detail: str) -> str:
    """`detail`, as people write it where it is a day."""
    try:
        return format_day(date.fromisoformat(detail))
    except ValueError:
        return detail


def _seen(posted: Posted) -> int:
    """How many answers the link had when the page was drawn. Raises Problem: the form is not ours."""
    (seen, *_) = posted.get(SEEN, ("",))
    if not (seen.isascii() and seen.isdigit() and len(seen) < 10):
        raise Problem(Code.BAD_REQUEST)
    return int(seen)
