"""The page of a victim's case: what happens in it, how they are reached, and what they can do."""

from fastapi.responses import Response

from api.victim_pages.acts import choose_text
from api.victim_pages.contact import CONTACT_PAGE, list_details
from api.victim_pages.page import PAGES, VictimPage
from domain.translations import ENGLISH, WELSH
from domain.wording import my_case as words

IN_ENGLISH, IN_WELSH = "English", "Cymraeg"
"""Each as its speakers call it."""


async def show_case_page(page: VictimPage) -> Response:
    """Return the case. Raises NoSession."""
    _, case = await page.open()
    other_language = None
    if await page.has_welsh(case):
        other_language = (ENGLISH, IN_ENGLISH) if page.language == WELSH else (WELSH, IN_WELSH)
    return page.render(
        "victim_case",
        page.translate(case.explanation.heading),
        explanation=case.explanation,
        contact=words.CONTACT_NOW[case.contact],
        details=list_details(page, case.details),
        acts=[
            *((name, choose_text(act, case).link) for name, act in PAGES.items() if act in case.acts),
            *([(CONTACT_PAGE, words.CHANGE_CONTACT.link)] if case.acts else []),
        ],
        other_language=other_language,
    )
