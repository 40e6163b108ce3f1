"""How a victim wants to be reached, and where: the form, the check of what was entered, and the change."""

import uuid
from collections.abc import Mapping, Sequence

import structlog
from fastapi.responses import Response

from api.answer_page.forms import FormError, FormFields
from api.victim_pages.inputs import CONTACT, ContactInput, contact_inputs, read_contact, read_text
from api.victim_pages.page import CHECKED, KEY, VictimPage
from application.victim_acts import change_contact
from domain.wording import my_case as words

log = structlog.get_logger("api.victim_pages")

CONTACT_PAGE = "contact"
DETAILS = ((words.EMAIL, "email"), (words.PHONE, "phone"), (words.ADDRESS, "address"))
CONTACT_FIELDS = (CONTACT, *(name for _, name in DETAILS))


def list_details(page: VictimPage, details: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """Where the victim is reached, with what it is called."""
    unknown = page.translate(words.NOT_GIVEN)
    return [(page.translate(label), details[name] or unknown) for label, name in DETAILS]


async def show_contact(page: VictimPage) -> Response:
    """Return the form with what is known now. Raises NoSession."""
    _, case = await page.open()
    fields = {CONTACT: case.contact.value, **case.details}
    return _render_contact(page, {name: (value,) for name, value in fields.items()})


async def receive_contact(page: VictimPage) -> Response:
    """Return the check of what was entered, or change it and say so. Raises NoSession and RecordRefused."""
    form = await page.receive_form()
    fields, case = form.fields, form.case
    entered = read_contact(fields, case.details, page.services.read_victim, page.translate)
    if not isinstance(entered, ContactInput):
        return _render_contact(page, fields, entered)
    text = words.CHANGE_CONTACT
    if not form.is_checked:
        choice = page.translate(words.CONTACT_CHOICES[entered.contact])
        shown = list_details(page, {name: read_text(fields, name) for _, name in DETAILS})
        return page.render_form(
            text.heading,
            text.button,
            [*((name, read_text(fields, name)) for name in (KEY, *CONTACT_FIELDS)), (CHECKED, "yes")],
            paragraphs=[page.translate(text.about)],
            entered=[(page.translate(words.CONTACT_HEADING), choice), *shown],
        )
    contact = entered.contact if entered.contact is not case.contact else None
    services = page.services
    await change_contact(services.context, services.read_victim, form.ref, contact, entered.details, form.record_id)
    log.info("victim_page.contact_changed", case=form.ref)
    return page.render_message(text.done_heading, text.done)


def _render_contact(page: VictimPage, posted: FormFields, errors: Sequence[FormError] = ()) -> Response:
    hidden = [(KEY, read_text(posted, KEY) or uuid.uuid4().hex)]
    inputs, heading = contact_inputs(page.translate), words.CHANGE_CONTACT.link
    return page.render_form(heading, words.CONTINUE, hidden, inputs=inputs, posted=posted, errors=errors)
