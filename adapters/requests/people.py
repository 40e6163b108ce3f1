"""The people of a request as another system writes them, and as the vault stores them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo, with_config
from pydantic_core import PydanticCustomError

from adapters.channels.hmpps.numbers import read_crn, read_prison_number
from adapters.channels.hmpps.person_names import is_placeholder
from adapters.channels.hmpps.pnc import is_placeholder_pnc, read_pnc
from adapters.requests.phones import split_phone
from adapters.requests.written_days import london_day, read_birth, read_birth_year, read_day

TODAY = "today"
"""The key of the validation's context under which the day is: by default today."""


def pattern(expression: str, rule: str) -> AfterValidator:
    """A check that text matches `expression`, explained by `rule`."""
    compiled = re.compile(expression, re.ASCII)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise PydanticCustomError("pattern", rule)
        return text

    return AfterValidator(check)


def today_of(info: ValidationInfo) -> date:
    """Return the day on which the values are checked."""
    today: date = (info.context or {}).get(TODAY) or london_day()
    return today


def _read_birth_date(value: object, info: ValidationInfo) -> object:
    birth = read_birth(value, today_of(info))
    if not isinstance(birth, date):
        raise PydanticCustomError("day", "must be a whole date")
    return birth


def _number(read: Callable[[str], str | None], rule: str) -> AfterValidator:
    """A number as `read` completes it, explained by `rule`: a mistyped one would find somebody else, or nobody."""

    def complete(text: str) -> str:
        if (number := read(text)) is None:
            raise PydanticCustomError("number", rule)
        return number

    return AfterValidator(complete)


STORABLE = pattern(r"[^\0]*", "holds a character that cannot be stored")
"""pydantic itself refuses what is not Unicode."""
LineText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), STORABLE]
FreeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000), STORABLE]
PastDay = Annotated[date, BeforeValidator(lambda value, info: read_day(value, today_of(info)))]
BirthDate = Annotated[date, BeforeValidator(_read_birth_date)]
BirthYear = Annotated[int, AfterValidator(lambda value, info: read_birth_year(value, today_of(info)))]
EmailAddress = Annotated[
    str, StringConstraints(max_length=254), pattern(r"[^@\s]+@[^@\s]+", "must be an email address"), STORABLE
]
_PhoneNumber = Annotated[str, pattern(r"\+?[0-9][0-9 ()-]{4,30}", "must be a telephone number")]
_LanguageCode = Annotated[
    str,
    pattern(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", "must be a language's code, such as en, cy, pl or bfi"),
]
_CaseLabel = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), STORABLE]
_ShortText = Annotated[str, StringConstraints(max_length=20)]
_PNC_RULE = "must be a PNC number such as 2008/0545166T, with the letter that fits it"
_PncNumber = Annotated[_ShortText, _number(read_pnc, _PNC_RULE)]
_PrisonNumber = Annotated[_ShortText, _number(read_prison_number, "must be a prison number such as A1234BC")]
_Crn = Annotated[_ShortText, _number(read_crn, "must be a CRN such as X123456")]

CLOSED = ConfigDict(extra="forbid")


@with_config(CLOSED)
@dataclass(frozen=True, slots=True)
class Victim:
    """The victim: how they are reached, in which language, when it is safe, and what they need to take part.

    `phone_note` is an extension or a remark that was written with the number. Where a parent takes part, the child is
    the one who was harmed. Messages call the case by `case_label`, in the victim's own words. Other people read what is
    sent to what is `shared`.
    """

    name: LineText = field(repr=False)
    email: EmailAddress = field(default="", repr=False)
    phone: _PhoneNumber = field(default="", repr=False)
    phone_note: LineText = field(default="", repr=False)
    address: LineText = field(default="", repr=False)
    language: _LanguageCode = field(default="en", repr=False)
    needs: Annotated[tuple[LineText, ...], Field(max_length=20)] = field(default=(), repr=False)
    safe_to_leave_message: bool | None = field(default=None, repr=False)
    safe_times: LineText = field(default="", repr=False)
    shared: Annotated[tuple[Literal["email", "phone", "address"], ...], Field(max_length=3)] = field(
        default=(), repr=False
    )
    supporter_name: LineText = field(default="", repr=False)
    supporter_phone: _PhoneNumber = field(default="", repr=False)
    case_label: _CaseLabel = field(default="", repr=False)
    date_of_birth: BirthDate | None = field(default=None, repr=False)
    child_name: LineText = field(default="", repr=False)
    child_date_of_birth: BirthDate | None = field(default=None, repr=False)


@with_config(CLOSED)
@dataclass(frozen=True, slots=True)
class Offender:
    """The offender, as far as the victim or the police know; `aliases` are other names of theirs."""

    name: LineText = field(default="", repr=False)
    date_of_birth: BirthDate | None = field(default=None, repr=False)
    year_of_birth: BirthYear | None = field(default=None, repr=False)
    pnc_number: _PncNumber = field(default="", repr=False)
    nomis_number: _PrisonNumber = field(default="", repr=False)
    crn: _Crn = field(default="", repr=False)
    aliases: Annotated[tuple[LineText, ...], Field(max_length=10)] = field(default=(), repr=False)


@with_config(CLOSED)
@dataclass(frozen=True, slots=True)
class Referrer:
    """Who passed the request on to the service."""

    name: LineText = field(default="", repr=False)
    organisation: LineText = field(default="", repr=False)
    email: EmailAddress = field(default="", repr=False)
    phone: _PhoneNumber = field(default="", repr=False)
    phone_note: LineText = field(default="", repr=False)


def with_split_phone(details: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the details with what is written next to the telephone number as a note of its own."""
    phone = details.get("phone")
    parts = split_phone(phone) if isinstance(phone, str) else None
    if parts is None:
        return details
    number, remark = parts
    notes = [note for note in (details.get("phone_note"), remark) if note]
    return {**details, "phone": number, **({"phone_note": "; ".join(map(str, notes))} if notes else {})}


_PERHAPS_UNKNOWN = frozenset({"pnc_number", "name", "date_of_birth", "year_of_birth", "nomis_number", "crn"})


def without_placeholders(details: Mapping[str, Any], today: date) -> Mapping[str, Any]:
    """Return an offender's details without those that only say that nobody knows, and with a year as one.

    A date of birth that cannot be read stays, so that the errors of the row name it.
    """
    known = dict(details)
    for name, value in details.items():
        if not isinstance(value, str) or name not in _PERHAPS_UNKNOWN:
            continue
        if _names_nobody(value) or (name == "pnc_number" and is_placeholder_pnc(value)):
            del known[name]
    if isinstance(known.get("aliases"), (list, tuple)):
        known["aliases"] = [
            alias for alias in known["aliases"] if not (isinstance(alias, str) and _names_nobody(alias))
        ]
    try:
        birth = read_birth(known["date_of_birth"], today) if "date_of_birth" in known else date.min
    except PydanticCustomError:
        return known
    if birth is None:
        del known["date_of_birth"]
    elif isinstance(birth, int):
        del known["date_of_birth"]
        known.setdefault("year_of_birth", birth)
    elif str(known.get("year_of_birth")) == str(birth.year):
        del known["year_of_birth"]
    return known


def _names_nobody(value: str) -> bool:
    return bool(value.strip()) and is_placeholder(value)
