"""What an operator may enter in the directory of agencies, with a sentence for each mistake.

A sentence names a field and never repeats its value, so that it can be shown and logged anywhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlsplit

from domain.areas import AREA_RULE, is_area
from domain.effects import ANSWERS
from domain.vocabulary import AgencyKind, WaitKind
from domain.weekdays import read_weekdays, write_weekdays
from ports.agencies import Agency, ChannelName

QUESTIONS: tuple[str, ...] = tuple(kind.value for kind in ANSWERS)
"""What an agency may be asked."""
REGISTER_QUESTIONS = frozenset({WaitKind.TRACE.value})
"""What the register (channel `hmpps`) may be asked."""

AGENCY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
MAX_NAME, MAX_CONTACT, MAX_URL, MAX_MAIL = 200, 500, 2000, 254
_LINE = re.compile(r"[^\x00-\x1f\x7f\u2028\u2029]*")
_MAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"
)


class InvalidAgency(Exception):
    """The details of an agency are invalid; `errors` has a sentence for each of them."""

    def __init__(self, *errors: str) -> None:
        super().__init__("; ".join(errors))
        self.errors = errors


class UnknownAgency(Exception):
    """The directory has no agency of this id."""


class AgencyExists(Exception):
    """The directory has an agency with this id already, perhaps an inactive one."""


class KeyAlreadyMade(Exception):
    """A key was made under this id before, and shown then."""


@dataclass(frozen=True, slots=True)
class AgencyDetails:
    """An agency as an operator enters it: the fields of `Agency` as text.

    Empty `questions` mean all of them. `works_on` is a pattern such as `mon-fri` or `tue,wed`.
    """

    id: str
    kind: str
    name: str
    area: str = ""
    channel: str = ChannelName.MANUAL.value
    address: str = ""
    questions: tuple[str, ...] = ()
    contact: str = ""
    works_on: str = "mon-fri"


@dataclass(frozen=True, slots=True)
class AgencyEdit:
    """Changes of `AgencyDetails`; None: no change. Inactive agencies are not found, and asked nothing."""

    kind: str | None = None
    name: str | None = None
    area: str | None = None
    channel: str | None = None
    address: str | None = None
    questions: tuple[str, ...] | None = None
    contact: str | None = None
    works_on: str | None = None
    active: bool | None = None

    def changed_fields(self) -> dict[str, Any]:
        """Return the new values by field."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


def validate_agency(details: AgencyDetails) -> Agency:
    """Return the agency that `details` describe, without keys. Raises InvalidAgency with every error."""
    if details.channel == ChannelName.HMPPS and not details.questions:
        # The register answers traces only, so nobody has to say so.
        details = replace(details, questions=tuple(REGISTER_QUESTIONS))
    errors = tuple(_find_errors(details))
    if errors:
        raise InvalidAgency(*errors)
    return Agency(
        id=details.id,
        kind=details.kind,
        area=details.area,
        name=details.name.strip(),
        channel=ChannelName(details.channel),
        address=details.address,
        questions=frozenset(details.questions),
        contact=details.contact.strip(),
        works_on=read_weekdays(details.works_on),
    )


def apply_changes(agency: Agency, changes: AgencyEdit) -> Agency:
    """Return `agency` with `changes`. Raises InvalidAgency.

    A change of channel clears address and questions, unless they change with it: each channel has its own.
    """
    changed = {name: value for name, value in changes.changed_fields().items() if name != "active"}
    if changed.get("channel", agency.channel) != agency.channel:
        changed = {"address": "", "questions": ()} | changed
    new = validate_agency(replace(to_details(agency), **changed))
    if new.channel is ChannelName.HTTP and not agency.our_keys:
        raise InvalidAgency("channel: messages over http are signed, and there is no key of ours yet: make one first")
    return replace(new, paused_since=agency.paused_since, their_keys=agency.their_keys, our_keys=agency.our_keys)


def to_details(agency: Agency) -> AgencyDetails:
    """Return the agency as an operator would enter it."""
    return AgencyDetails(
        id=agency.id,
        kind=agency.kind,
        name=agency.name,
        area=agency.area,
        channel=agency.channel.value,
        address=agency.address,
        questions=tuple(question for question in QUESTIONS if question in agency.questions),
        contact=agency.contact,
        works_on=write_weekdays(agency.works_on),
    )


def _find_errors(details: AgencyDetails) -> Iterator[str]:
    if AGENCY_ID.fullmatch(details.id) is None:
        yield "id: lower-case letters, digits and hyphens, at most 100, the first no hyphen"
    if details.kind not in set(AgencyKind):
        yield f"kind: one of {', '.join(AgencyKind)}"
    if details.area and not is_area(details.area):
        yield f"area: {AREA_RULE}; empty for a national agency"
    yield from _find_line_errors("name", details.name, MAX_NAME)
    if not details.name.strip():
        yield "name: required"
    yield from _find_channel_errors(details)
    yield from _find_line_errors("contact", details.contact, MAX_CONTACT)
    try:
        read_weekdays(details.works_on)
    except ValueError:
        yield "works_on: days or ranges of days, as in mon-fri or tue,wed"


def _find_channel_errors(details: AgencyDetails) -> Iterator[str]:
    if set(details.questions) - set(QUESTIONS):
        yield f"questions: each is one of {', '.join(QUESTIONS)}"
    elif details.channel == ChannelName.HMPPS and set(details.questions) != REGISTER_QUESTIONS:
        yield "questions: the register answers trace and nothing else"
    match details.channel:
        case ChannelName.HTTP:
            yield from _find_url_errors(details.address)
        case ChannelName.HMPPS:
            yield from _find_url_errors(details.address)
            if "?" in details.address or not details.address.startswith("https:"):
                yield "address: the base URL of the register begins with https and has no query"
        case ChannelName.EMAIL:
            if len(details.address) > MAX_MAIL or _MAIL.fullmatch(details.address) is None:
                yield "address: one mail address, as in asks@probation.example"
        case ChannelName.MANUAL:
            if details.address:
                yield "address: an agency that a caseworker asks has none; give its channel, or put this in contact"
        case _:
            yield f"channel: one of {', '.join(ChannelName)}"


def _find_url_errors(address: str) -> Iterator[str]:
    """Yield why `address` is no URL to post to; whether its host may be reached is checked on connecting."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    else:
        if "@" in parts.netloc:
            yield "address: without a user or password: messages are signed"
        if "#" in address:
            yield "address: without a fragment (#…): nobody receives it"
    if not usable or len(address) > MAX_URL or re.search(r"[\s\x00-\x1f\x7f\\]", address):
        yield "address: a URL, as in https://asks.probation.example/rj"


def _find_line_errors(field: str, text: str, max_length: int) -> Iterator[str]:
    if _LINE.fullmatch(text) is None:
        yield f"{field}: one line, without control characters"
    if len(text) > max_length:
        yield f"{field}: at most {max_length} characters"
