"""The pages on which a victim reads their own case and acts in it, in plain HTML and without scripts.

A link alone shows nothing: each page asks for the code, and says the same for a wrong code and a link that never was.
A session then lasts until the victim leaves, or does nothing for a while. Before each act there is a page that says
what it does. No token, code or detail is in a log.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from api.answer_page.forms import FormError, FormFields
from api.dependencies import get_dependencies
from api.error_mapping import find_problem
from api.pages import HEADERS, render_page
from api.problems import Code, to_problem_response
from api.request_body import read_form_body
from api.victim_pages.inputs import (
    CONTACT,
    WEEKS,
    WORDS,
    ContactInput,
    break_input,
    contact_inputs,
    find_words_error,
    read_contact,
    read_text,
    read_weeks,
    words_input,
)
from api.victim_pages.sessions import COOKIE, IDLE_TIME, Sessions
from application.context import UnknownCase
from application.people import NoVictimDetails
from application.victim_acts import VictimAct, VictimCase, change_contact, make_record_id, show_case, take_victim_act
from domain.days import format_day
from domain.refusals import RecordRefused
from domain.translations import ENGLISH, WELSH, translate
from domain.vocabulary import CaseRef
from domain.wording import my_case as words
from domain.wording.my_case import ActText
from domain.wording.victim import COMPLAINTS, NEUTRAL_NUMBER, SUPPORT
from ports.cases import WorkflowNotFound
from ports.staff import MemberFilters

log = structlog.get_logger("api.victim_pages")
T = TypeVar("T")

EXIT = "https://www.bbc.co.uk/weather"
"""Where somebody lands who leaves at once: a page that anybody could have open."""
IN_ENGLISH, IN_WELSH = "English", "Cymraeg"
"""Each as its speakers call it."""
READ_SECONDS = 5.0
UNREADABLE = (Code.BAD_REQUEST, Code.BODY_TOO_LARGE, Code.BODY_TOO_SLOW, Code.UNREADABLE)
CHECKED, KEY = "checked", "key"
CONTACT_PAGE = "contact"
DETAILS = ((words.EMAIL, "email"), (words.PHONE, "phone"), (words.ADDRESS, "address"))
CONTACT_FIELDS = (CONTACT, *(name for _, name in DETAILS))
CANCELS_DAY = frozenset({VictimAct.TAKE_A_BREAK, VictimAct.STOP, VictimAct.NOT_SAFE})
TEXTS: Mapping[VictimAct, ActText] = {
    VictimAct.TAKE_A_BREAK: words.TAKE_A_BREAK,
    VictimAct.GO_ON: words.GO_ON,
    VictimAct.STOP: words.STOP,
    VictimAct.ASK_FOR_REVIEW: words.ASK_FOR_REVIEW,
    VictimAct.NOT_SAFE: words.NOT_SAFE,
}
PAGES: Mapping[str, VictimAct] = {act.value.replace("_", "-"): act for act in VictimAct}


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
    page = VictimPage(request, token)
    return RedirectResponse(EXIT, HTTPStatus.SEE_OTHER, {**HEADERS, "set-cookie": page.sessions.end_cookie()})


@router.api_route("/{name}", methods=["GET", "HEAD"])
async def show_act(token: str, name: str, request: Request) -> Response:
    """What the act means, with a form; without a session the page for the code."""
    page = VictimPage(request, token)
    return await page.respond(page.show_act(name))


@router.post("/{name}")
async def take(token: str, name: str, request: Request) -> Response:
    """The check before an act, or what has been done."""
    page = VictimPage(request, token)
    return await page.respond(page.take(name, request))


@router.api_route("", methods=["GET", "HEAD"])
async def show(token: str, request: Request) -> Response:
    """The case; without a session the page for the code."""
    page = VictimPage(request, token)
    return await page.respond(page.show())


@router.post("")
async def enter_code(token: str, request: Request) -> Response:
    """The case for the right code."""
    page = VictimPage(request, token)
    return await page.respond(page.enter_code(request))


class NoSession(Exception):
    """The code has to be entered first."""


class NotPossible(Exception):
    """The victim cannot do this now."""


class VictimPage:
    """The pages of the link with `token`."""

    def __init__(self, request: Request, token: str) -> None:
        self._dependencies = get_dependencies(request)
        self._services = self._dependencies.staff
        is_secure = self._dependencies.public_url.startswith("https://")
        self.sessions = Sessions(self._services.token_key, token, is_secure)
        self._token = token
        self._path = f"/my-case/{quote(token, safe='')}"
        self._cookie = request.cookies.get(COOKIE, "")
        asked = request.query_params.get("lang", "")
        self._asked = asked if asked in (ENGLISH, WELSH) else ""
        self._language = self._asked or ENGLISH
        self._is_post = request.method == "POST"
        self._page = ""
        """The act that is asked for."""
        self._sent: FormFields = {}
        """The fields of an act that was confirmed, until it is known to be done."""
        self._help: Sequence[str] = ()

    def _translate(self, text: str) -> str:
        """The text in the language of the page."""
        return translate(text, self._language)

    async def respond(self, page: Awaitable[Response]) -> Response:
        """Return the page, or one that says why there is none."""
        try:
            return await page
        except (NoSession, UnknownCase, NoVictimDetails):
            return self._render_code(self._translate(words.SESSION_OVER) if self._is_post else "", HTTPStatus.FORBIDDEN)
        except (NotPossible, RecordRefused, WorkflowNotFound):
            # Why is not said: that may be a fact that the victim may not know.
            texts = (words.NOT_POSSIBLE_HEADING, words.NOT_POSSIBLE)
            is_urgent = PAGES.get(self._page) is VictimAct.NOT_SAFE
            return self._render_message(*texts, status=HTTPStatus.CONFLICT, is_urgent=is_urgent)
        except Exception as error:
            problem = find_problem(error, self._dependencies.database_errors)
            if problem is None:
                raise
            if problem.code in UNREADABLE:
                return self._render_message(words.UNREADABLE_HEADING, words.UNREADABLE, status=HTTPStatus.BAD_REQUEST)
            retry = {"retry-after": to_problem_response(problem).headers.get("retry-after", "10")}
            return self._render_unavailable(retry)

    async def show(self) -> Response:
        """Return the case. Raises NoSession."""
        _, case = await self._open()
        return self._render(
            "victim_case",
            self._translate(case.explanation.heading),
            explanation=case.explanation,
            contact=words.CONTACT_NOW[case.contact],
            details=self._list_details(case.details),
            acts=[
                *((page, self._choose_text(act, case).link) for page, act in PAGES.items() if act in case.acts),
                *([(CONTACT_PAGE, words.CHANGE_CONTACT.link)] if case.acts else []),
            ],
            other_language=await self._find_other_language(case),
        )

    async def enter_code(self, request: Request) -> Response:
        """Start a session for the right code, and go to the case."""
        fields = await read_form_body(request)
        code = "".join(read_text(fields, "code").split())
        if not code:
            return self._render_code(self._translate(words.CODE_MISSING), HTTPStatus.UNPROCESSABLE_ENTITY)
        ref = await _in_time(self._services.victim_links.open(self._token, code))
        if ref is None:
            return self._render_code(self._translate(words.CODE_WRONG), HTTPStatus.UNPROCESSABLE_ENTITY)
        case = await self._load(ref)
        wanted = self._asked or case.language
        self._language = wanted if wanted == WELSH and await self._has_welsh(case) else ENGLISH
        log.info("victim_page.opened", case=ref)
        cookie = self.sessions.make_cookie(self._language, _now())
        return RedirectResponse(self._path, HTTPStatus.SEE_OTHER, {**HEADERS, "set-cookie": cookie})

    async def show_act(self, name: str) -> Response:
        """Return the page before an act, or the form for it. Raises NoSession and NotPossible."""
        self._page = name
        _, case = await self._open()
        if name == CONTACT_PAGE:
            now = {CONTACT: case.contact.value, **case.details}
            return self._render_contact({name: (value,) for name, value in now.items()})
        act = PAGES.get(name)
        if act is None or act not in case.acts:
            raise NotPossible
        return self._render_act(act, case, {}, is_checked=act is not VictimAct.TAKE_A_BREAK)

    async def take(self, name: str, request: Request) -> Response:
        """Return the check before an act, or do it and say what happens next.

        Raises NoSession, NotPossible and RecordRefused.
        """
        fields = await read_form_body(request)
        self._page, self._sent = name, fields if CHECKED in fields else {}
        ref, case = await self._open()
        id = make_record_id(self._services.token_key, read_text(fields, KEY)[:100])
        if name == CONTACT_PAGE:
            return await self._change_contact(ref, case, fields, id)
        if name not in PAGES:
            raise NotPossible
        act, errors, until = PAGES[name], find_words_error(fields, self._translate), None
        if act is VictimAct.TAKE_A_BREAK:
            weeks = read_weeks(fields, self._translate)
            if isinstance(weeks, FormError):
                errors = (weeks, *errors)
            else:
                until = self._services.today() + timedelta(weeks=weeks)
        if errors or CHECKED not in fields:
            is_checked = act is not VictimAct.TAKE_A_BREAK or not errors
            return self._render_act(act, case, fields, errors, is_checked=is_checked, until=until)
        context = self._services.context
        await take_victim_act(context, ref, act, until, read_text(fields, WORDS), id)
        log.info("victim_page.act", case=ref, act=act)
        text = self._choose_text(act, case)
        lines = (text.done,) if until is None else (words.BREAK_UNTIL.format(day=format_day(until)), text.done)
        return self._render_message(text.done_heading, *lines, is_urgent=act is VictimAct.NOT_SAFE)

    async def _change_contact(self, ref: CaseRef, case: VictimCase, fields: FormFields, id: str) -> Response:
        entered = read_contact(fields, case.details, self._services.read_victim, self._translate)
        if not isinstance(entered, ContactInput):
            return self._render_contact(fields, entered)
        text = words.CHANGE_CONTACT
        if CHECKED not in fields:
            return self._render_check_of_contact(fields, entered)
        contact = entered.contact if entered.contact is not case.contact else None
        await change_contact(self._services.context, self._services.read_victim, ref, contact, entered.details, id)
        log.info("victim_page.contact_changed", case=ref)
        return self._render_message(text.done_heading, text.done)

    async def _open(self) -> tuple[CaseRef, VictimCase]:
        """The case of this session. Raises NoSession."""
        language = self.sessions.read_language(self._cookie, _now())
        ref = None if language is None else await _in_time(self._services.victim_links.find(self._token))
        if ref is None or language is None:
            raise NoSession
        # Already now, so that an error is in it, too, and does not change it.
        self._language = wanted = self._asked or language
        case = await self._load(ref)
        self._language = wanted if wanted == WELSH and await self._has_welsh(case) else ENGLISH
        self._help = await self._list_help(case)
        return ref, case

    async def _load(self, ref: CaseRef) -> VictimCase:
        return await _in_time(show_case(self._services.context, ref, self._services.now()))

    async def _has_welsh(self, case: VictimCase) -> bool:
        return (await self._services.get_area_settings(case.area)).welsh

    async def _find_other_language(self, case: VictimCase) -> tuple[str, str] | None:
        if not await self._has_welsh(case):
            return None
        return (ENGLISH, IN_ENGLISH) if self._language == WELSH else (WELSH, IN_WELSH)

    async def _list_help(self, case: VictimCase) -> Sequence[str]:
        """Who the page is from, who else can help, and how to complain."""
        area = await self._services.get_area_settings(case.area)
        area = area.in_welsh() if self._language == WELSH else area
        found = await self._services.members.list_members(MemberFilters(id=case.assigned_to))
        member = found[0] if case.assigned_to and found else None
        phone = (member.phone if member else "") or area.phone or self._dependencies.victim_contact
        name = member.name if member else ""
        who = words.HELP_CASEWORKER if name and phone else words.HELP_SERVICE if phone else words.HELP_NO_NUMBER
        facts = {
            "caseworker": name,
            "phone": phone,
            "service": area.service,
            "support": area.support,
            "complaints": area.complaints,
        }
        return [self._translate(text).format(**facts) for text in (who, SUPPORT, COMPLAINTS)]

    def _list_numbers(self) -> Sequence[str]:
        """The number of the installation, where it is not known whose case it is."""
        phone = self._dependencies.victim_contact
        return [self._translate(NEUTRAL_NUMBER).format(phone=phone)] if phone else ()

    def _choose_text(self, act: VictimAct, case: VictimCase) -> ActText:
        return words.STOP_ANOTHER if act is VictimAct.STOP and case.met else TEXTS[act]

    def _list_details(self, details: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        """Where the victim is reached, with what it is called."""
        unknown = self._translate(words.NOT_GIVEN)
        return [(self._translate(label), details[name] or unknown) for label, name in DETAILS]

    def _render_act(
        self,
        act: VictimAct,
        case: VictimCase,
        fields: FormFields,
        errors: Sequence[FormError] = (),
        *,
        is_checked: bool,
        until: date | None = None,
    ) -> Response:
        """The page of an act: of a break the form, then the check; of any other the check, with room for words."""
        text, is_break = self._choose_text(act, case), act is VictimAct.TAKE_A_BREAK
        paragraphs = [self._translate(text.about)]
        if until is not None:
            paragraphs.append(self._translate(words.BREAK_UNTIL.format(day=format_day(until))))
        if act in CANCELS_DAY and case.day is not None:
            paragraphs.append(self._translate(words.DAY_LOST.format(day=format_day(case.day))))
        inputs: list[Any] = [words_input(self._translate)]
        hidden = [(KEY, read_text(fields, KEY) or uuid.uuid4().hex)]
        entered = []
        if is_break and not is_checked:
            inputs.insert(0, break_input(self._translate))
        elif is_break:
            inputs, written = [], read_text(fields, WORDS)
            hidden += [(WEEKS, read_text(fields, WEEKS)), (WORDS, written)]
            entered = [(self._translate(words.YOUR_WORDS), written)] if written else []
        if is_checked:
            hidden.append((CHECKED, "yes"))
        return self._render_form(
            next(page for page, known in PAGES.items() if known is act),
            text.heading if is_checked else text.link,
            text.button if is_checked else words.CONTINUE,
            hidden,
            paragraphs=paragraphs,
            entered=entered,
            inputs=inputs,
            posted=fields,
            errors=errors,
        )

    def _render_contact(self, posted: FormFields, errors: Sequence[FormError] = ()) -> Response:
        hidden = [(KEY, read_text(posted, KEY) or uuid.uuid4().hex)]
        inputs, heading = contact_inputs(self._translate), words.CHANGE_CONTACT.link
        return self._render_form(
            CONTACT_PAGE, heading, words.CONTINUE, hidden, inputs=inputs, posted=posted, errors=errors
        )

    def _render_check_of_contact(self, fields: FormFields, entered: ContactInput) -> Response:
        choice = self._translate(words.CONTACT_CHOICES[entered.contact])
        shown = self._list_details({name: read_text(fields, name) for _, name in DETAILS})
        return self._render_form(
            CONTACT_PAGE,
            words.CHANGE_CONTACT.heading,
            words.CHANGE_CONTACT.button,
            [*((name, read_text(fields, name)) for name in (KEY, *CONTACT_FIELDS)), (CHECKED, "yes")],
            paragraphs=[self._translate(words.CHANGE_CONTACT.about)],
            entered=[(self._translate(words.CONTACT_HEADING), choice), *shown],
        )

    def _render_form(
        self,
        page: str,
        heading: str,
        button: str,
        hidden: Sequence[tuple[str, str]],
        *,
        paragraphs: Sequence[str] = (),
        entered: Sequence[tuple[str, str]] = (),
        inputs: Sequence[Any] = (),
        posted: FormFields | None = None,
        errors: Sequence[FormError] = (),
        status: HTTPStatus = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        back: str = words.NO_GO_BACK,
    ) -> Response:
        return self._render(
            "victim_act",
            self._translate(heading),
            status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else status,
            headers=headers,
            page=page,
            paragraphs=paragraphs,
            is_urgent=PAGES.get(page) is VictimAct.NOT_SAFE,
            entered=entered,
            hidden=hidden,
            inputs=inputs,
            posted=posted or {},
            errors={error.name: error for error in errors},
            button=button,
            back=back,
        )

    def _render_code(self, error: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
        """The page for the code, the same for every link."""
        errors = {"code": FormError("code", "code", error)} if error else {}
        status = status if error else HTTPStatus.OK
        title = self._translate(words.CODE_HEADING)
        return self._render("victim_code", title, status=status, has_session=False, errors=errors)

    def _render_message(
        self,
        heading: str,
        *paragraphs: str,
        status: HTTPStatus = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        is_urgent: bool = False,
    ) -> Response:
        return self._render(
            "victim_message",
            self._translate(heading),
            status=status,
            headers=headers,
            paragraphs=[self._translate(text) for text in paragraphs],
            is_urgent=is_urgent,
        )

    def _render_unavailable(self, headers: Mapping[str, str]) -> Response:
        """Say that the service does not answer; what was confirmed can be sent again with one button."""
        status = HTTPStatus.SERVICE_UNAVAILABLE
        if not self._sent:
            return self._render_message(words.UNAVAILABLE_HEADING, words.UNAVAILABLE, status=status, headers=headers)
        return self._render_form(
            self._page,
            words.NOT_KNOWN_HEADING,
            words.SEND_AGAIN,
            [(name, value) for name, values in self._sent.items() for value in values],
            paragraphs=[self._translate(words.NOT_KNOWN)],
            status=status,
            headers=headers,
            back=words.BACK,
        )

    def _render(
        self,
        template: str,
        title: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        has_session: bool = True,
        **facts: Any,
    ) -> HTMLResponse:
        """A page, which prolongs the session that there is; without one, nothing remains of an earlier one.

        When the session would have ended, the browser itself opens the page for the code. A failure of the service does
        not prolong it.
        """
        is_open = has_session and self.sessions.read_language(self._cookie, _now()) is not None
        added: dict[str, str] = {}
        if is_open:
            added["refresh"] = f"{int(IDLE_TIME.total_seconds())}; url={self._path}"
            if status < HTTPStatus.INTERNAL_SERVER_ERROR:
                added["set-cookie"] = self.sessions.make_cookie(self._language, _now())
        elif self._cookie:
            added["set-cookie"] = self.sessions.end_cookie()
        return render_page(
            template,
            title,
            status=status,
            headers={**(headers or {}), **added},
            site=self._translate(words.SITE),
            skip=self._translate(words.SKIP),
            language="cy" if self._language == WELSH else "en-GB",
            t=self._translate,
            words=words,
            path=self._path,
            help=(self._help or self._list_numbers()) if is_open else (),
            **{"errors": {}, **facts},
        )


def _now() -> datetime:
    return datetime.now(UTC)


async def _in_time(result: Awaitable[T]) -> T:
    async with asyncio.timeout(READ_SECONDS):
        return await result
