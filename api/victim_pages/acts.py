"""What a victim does in their case: before each act a page says what it does."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import structlog
from fastapi.responses import Response

from api.answer_page.forms import FormError, FormFields
from api.victim_pages.inputs import (
    WEEKS,
    WORDS,
    break_input,
    find_words_error,
    read_text,
    read_weeks,
    words_input,
)
from api.victim_pages.page import CHECKED, KEY, PAGES, NotPossible, VictimPage
from application.victim_acts import VictimAct, VictimCase, take_victim_act
from domain.days import format_day
from domain.wording import my_case as words
from domain.wording.my_case import ActText

log = structlog.get_logger("api.victim_pages")

CANCELS_DAY = frozenset({VictimAct.TAKE_A_BREAK, VictimAct.STOP, VictimAct.NOT_SAFE})
TEXTS: Mapping[VictimAct, ActText] = {
    VictimAct.TAKE_A_BREAK: words.TAKE_A_BREAK,
    VictimAct.GO_ON: words.GO_ON,
    VictimAct.STOP: words.STOP,
    VictimAct.ASK_FOR_REVIEW: words.ASK_FOR_REVIEW,
    VictimAct.NOT_SAFE: words.NOT_SAFE,
}


def choose_text(act: VictimAct, case: VictimCase) -> ActText:
    """Return what the act is called and does in this case."""
    return words.STOP_ANOTHER if act is VictimAct.STOP and case.met else TEXTS[act]


async def show_act(page: VictimPage) -> Response:
    """Return the page before an act, or the form for it. Raises NoSession and NotPossible."""
    _, case = await page.open()
    act = PAGES.get(page.name)
    if act is None or act not in case.acts:
        raise NotPossible
    return _render_act(page, act, case, {}, is_checked=act is not VictimAct.TAKE_A_BREAK)


async def receive_act(page: VictimPage) -> Response:
    """Return the check before an act, or do it and say what happens next.

    Raises NoSession, NotPossible and RecordRefused.
    """
    form = await page.receive_form()
    fields, case = form.fields, form.case
    if page.name not in PAGES:
        raise NotPossible
    act, errors, until = PAGES[page.name], find_words_error(fields, page.translate), None
    if act is VictimAct.TAKE_A_BREAK:
        weeks = read_weeks(fields, page.translate)
        if isinstance(weeks, FormError):
            errors = (weeks, *errors)
        else:
            until = page.services.today() + timedelta(weeks=weeks)
    if errors or not form.is_checked:
        is_checked = act is not VictimAct.TAKE_A_BREAK or not errors
        return _render_act(page, act, case, fields, errors, is_checked=is_checked, until=until)
    await take_victim_act(page.services.context, form.ref, act, until, read_text(fields, WORDS), form.record_id)
    log.info("victim_page.act", case=form.ref, act=act)
    text = choose_text(act, case)
    lines = (text.done,) if until is None else (words.BREAK_UNTIL.format(day=format_day(until)), text.done)
    return page.render_message(text.done_heading, *lines, is_urgent=page.is_urgent)


def _render_act(
    page: VictimPage,
    act: VictimAct,
    case: VictimCase,
    fields: FormFields,
    errors: Sequence[FormError] = (),
    *,
    is_checked: bool,
    until: date | None = None,
) -> Response:
    """The page of an act: of a break the form, then the check; of any other the check, with room for words."""
    text, is_break = choose_text(act, case), act is VictimAct.TAKE_A_BREAK
    paragraphs = [page.translate(text.about)]
    if until is not None:
        paragraphs.append(page.translate(words.BREAK_UNTIL.format(day=format_day(until))))
    if act in CANCELS_DAY and case.day is not None:
        paragraphs.append(page.translate(words.DAY_LOST.format(day=format_day(case.day))))
    inputs: list[Any] = [words_input(page.translate)]
    hidden = [(KEY, read_text(fields, KEY) or uuid.uuid4().hex)]
    entered = []
    if is_break and not is_checked:
        inputs.insert(0, break_input(page.translate))
    elif is_break:
        inputs, written = [], read_text(fields, WORDS)
        hidden += [(WEEKS, read_text(fields, WEEKS)), (WORDS, written)]
        entered = [(page.translate(words.YOUR_WORDS), written)] if written else []
    if is_checked:
        hidden.append((CHECKED, "yes"))
    return page.render_form(
        text.heading if is_checked else text.link,
        text.button if is_checked else words.CONTINUE,
        hidden,
        paragraphs=paragraphs,
        entered=entered,
        inputs=inputs,
        posted=fields,
        errors=errors,
    )
