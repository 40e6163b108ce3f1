"""A page of a victim: its session and language, who can help, and how it is rendered."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from api.answer_page.forms import FormError, FormFields
from api.dependencies import get_dependencies
from api.pages import render_page
from api.request_body import read_form_body
from api.victim_pages.inputs import read_text
from api.victim_pages.sessions import COOKIE, IDLE_TIME, Sessions
from application.victim_acts import VictimAct, VictimCase, make_record_id, show_case
from domain.translations import ENGLISH, WELSH, translate
from domain.vocabulary import CaseRef
from domain.wording import my_case as words
from domain.wording.victim import COMPLAINTS, NEUTRAL_NUMBER, SUPPORT
from ports.staff import MemberFilters

T = TypeVar("T")

READ_SECONDS = 5.0
CHECKED, KEY = "checked", "key"
PAGES: Mapping[str, VictimAct] = {act.value.replace("_", "-"): act for act in VictimAct}
"""The acts, each by the name of its page."""


class NoSession(Exception):
    """The code has to be entered first."""


class NotPossible(Exception):
    """The victim cannot do this now."""


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form that a victim has sent, and their case; `record_id` is that of the record which it makes."""

    fields: FormFields
    ref: CaseRef
    case: VictimCase
    record_id: str

    @property
    def is_checked(self) -> bool:
        """Whether the victim has seen what it does."""
        return CHECKED in self.fields


class VictimPage:
    """The page `name` of the link with `token`; the page of the case has no name."""

    def __init__(self, request: Request, token: str, name: str = "") -> None:
        self.dependencies = get_dependencies(request)
        self.services = self.dependencies.staff
        is_secure = self.dependencies.public_url.startswith("https://")
        self.sessions = Sessions(self.services.token_key, token, is_secure)
        self.token = token
        self.path = f"/my-case/{quote(token, safe='')}"
        self.name = name
        self.is_urgent = PAGES.get(name) is VictimAct.NOT_SAFE
        self.is_post = request.method == "POST"
        self.confirmed: FormFields = {}
        """The fields of an act that was confirmed, until it is known to be done."""
        asked = request.query_params.get("lang", "")
        self._asked = asked if asked in (ENGLISH, WELSH) else ""
        self.language = self._asked or ENGLISH
        self._request = request
        self._cookie = request.cookies.get(COOKIE, "")
        self._help: Sequence[str] = ()

    def translate(self, text: str) -> str:
        """Return the text in the language of the page."""
        return translate(text, self.language)

    async def open(self) -> tuple[CaseRef, VictimCase]:
        """Return the case of this session. Raises NoSession."""
        language = self.sessions.read_language(self._cookie, now())
        ref = None if language is None else await in_time(self.services.victim_links.find(self.token))
        if ref is None or language is None:
            raise NoSession
        # Already now, so that an error is in it, too, and does not change it.
        self.language = self._asked or language
        case = await self.load(ref)
        await self.choose_language(case, language)
        self._help = await self._list_help(case)
        return ref, case

    async def load(self, ref: CaseRef) -> VictimCase:
        """Return the case of `ref` as its victim sees it."""
        return await in_time(show_case(self.services.context, ref, self.services.now()))

    async def receive_form(self) -> SentForm:
        """Return the form that was sent. Raises Problem and NoSession."""
        fields = await read_form_body(self._request)
        self.confirmed = fields if CHECKED in fields else {}
        ref, case = await self.open()
        return SentForm(fields, ref, case, make_record_id(self.services.token_key, read_text(fields, KEY)[:100]))

    async def choose_language(self, case: VictimCase, language: str) -> None:
        """Go on in the language that was asked for, else in `language`, where the area of the case has it."""
        is_welsh = (self._asked or language) == WELSH and await self.has_welsh(case)
        self.language = WELSH if is_welsh else ENGLISH

    async def has_welsh(self, case: VictimCase) -> bool:
        """Whether the area of the case has switched on Welsh."""
        return (await self.services.get_area_settings(case.area)).welsh

    async def _list_help(self, case: VictimCase) -> Sequence[str]:
        """Who the page is from, who else can help, and how to complain."""
        area = await self.services.get_area_settings(case.area)
        area = area.in_welsh() if self.language == WELSH else area
        found = await self.services.members.list_members(MemberFilters(id=case.assigned_to))
        member = found[0] if case.assigned_to and found else None
        phone = (member.phone if member else "") or area.phone or self.dependencies.victim_contact
        name = member.name if member else ""
        who = words.HELP_CASEWORKER if name and phone else words.HELP_SERVICE if phone else words.HELP_NO_NUMBER
        facts = {
            "caseworker": name,
            "phone": phone,
            "service": area.service,
            "support": area.support,
            "complaints": area.complaints,
        }
        return [self.translate(text).format(**facts) for text in (who, SUPPORT, COMPLAINTS)]

    def render_form(
        self,
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
        """Return a form that is sent to this page; `paragraphs` and `entered` are in its language already."""
        return self.render(
            "victim_act",
            self.translate(heading),
            status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else status,
            headers=headers,
            page=self.name,
            paragraphs=paragraphs,
            is_urgent=self.is_urgent,
            entered=entered,
            hidden=hidden,
            inputs=inputs,
            posted=posted or {},
            errors={error.name: error for error in errors},
            button=button,
            back=back,
        )

    def render_message(
        self,
        heading: str,
        *paragraphs: str,
        status: HTTPStatus = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        is_urgent: bool = False,
    ) -> Response:
        """Return a page that says something, in the language of the page."""
        return self.render(
            "victim_message",
            self.translate(heading),
            status=status,
            headers=headers,
            paragraphs=[self.translate(text) for text in paragraphs],
            is_urgent=is_urgent,
        )

    def render(
        self,
        template: str,
        title: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
        has_session: bool = True,
        **facts: Any,
    ) -> HTMLResponse:
        """Return a page, which prolongs the session that there is; without one, nothing remains of an earlier one.

        When the session would have ended, the browser itself opens the page for the code. A failure of the service does
        not prolong it.
        """
        is_open = has_session and self.sessions.read_language(self._cookie, now()) is not None
        added: dict[str, str] = {}
        if is_open:
            added["refresh"] = f"{int(IDLE_TIME.total_seconds())}; url={self.path}"
            if status < HTTPStatus.INTERNAL_SERVER_ERROR:
                added["set-cookie"] = self.sessions.make_cookie(self.language, now())
        elif self._cookie:
            added["set-cookie"] = self.sessions.end_cookie()
        # The number of the installation, where it is not known whose case it is.
        phone = self.dependencies.victim_contact
        numbers = [self.translate(NEUTRAL_NUMBER).format(phone=phone)] if phone else ()
        return render_page(
            template,
            title,
            status=status,
            headers={**(headers or {}), **added},
            site=self.translate(words.SITE),
            skip=self.translate(words.SKIP),
            language="cy" if self.language == WELSH else "en-GB",
            t=self.translate,
            words=words,
            path=self.path,
            help=(self._help or numbers) if is_open else (),
            **{"errors": {}, **facts},
        )


def now() -> datetime:
    """The real time, by which sessions end."""
    return datetime.now(UTC)


async def in_time(result: Awaitable[T]) -> T:
    """Return the result. Raises TimeoutError after `READ_SECONDS`."""
    async with asyncio.timeout(READ_SECONDS):
        return await result
