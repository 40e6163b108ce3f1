"""A request as another system hands it over: its fields, and what is wrong with one that cannot be taken.

What is said of a bad row names fields and rules and never repeats a value, which may be somebody's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    with_config,
)
from pydantic_core import PydanticCustomError

from adapters.channels.hmpps.pnc import read_pnc
from domain.areas import AREA_PATTERN, AREA_RULE
from domain.events import RequestReceived
from domain.vocabulary import AgeGroup, Contact, Flag, Form, InitiatedBy, TakesPartAs


class Offence(StrEnum):
    """The kind of offence, as far as a service needs it to prepare."""

    ARSON = "arson"
    ASSAULT = "assault"
    BURGLARY = "burglary"
    BUSINESS_CRIME = "business_crime"
    CRIMINAL_DAMAGE = "criminal_damage"
    DANGEROUS_DRIVING = "dangerous_driving"
    DEATH_BY_DRIVING = "death_by_driving"
    DOMESTIC_ABUSE = "domestic_abuse"
    FRAUD = "fraud"
    HARASSMENT = "harassment"
    HATE_CRIME = "hate_crime"
    MANSLAUGHTER = "manslaughter"
    MURDER = "murder"
    PUBLIC_ORDER = "public_order"
    ROBBERY = "robbery"
    SEXUAL_OFFENCE = "sexual_offence"
    THEFT = "theft"
    THREATS = "threats"
    VEHICLE_CRIME = "vehicle_crime"
    WOUNDING = "wounding"
    OTHER = "other"


def _storable(text: str) -> str:
    """The text, where a database can keep it. pydantic itself refuses what is not Unicode."""
    if "\0" in text:
        raise PydanticCustomError("unstorable", "holds a character that cannot be kept")
    return text


def _iso_date(given: object) -> object:
    """Only a date written out: a number or a moment would be taken for a date too."""
    if isinstance(given, date) or (isinstance(given, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", given, re.ASCII)):
        return given
    raise PydanticCustomError("not_a_date", "must be a date such as 1990-12-31")


def _pattern(pattern: str, rule: str) -> AfterValidator:
    """A check that text matches `pattern`, told by `rule`."""
    expression = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not expression.fullmatch(text):
            raise PydanticCustomError("pattern", rule)
        return text

    return AfterValidator(check)


_CODE = r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}"
_CODE_RULE = "must be 1 to 100 letters, digits and . _ : / - without spaces"
_KEPT = AfterValidator(_storable)
_Code = Annotated[str, _pattern(_CODE, _CODE_RULE)]
_Area = Annotated[str, _pattern(AREA_PATTERN, f"must be {AREA_RULE}")]
_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _KEPT]
_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000), _KEPT]
_Email = Annotated[
    str, StringConstraints(max_length=254), _pattern(r"[^@\s]+@[^@\s]+", "must be an e-mail address"), _KEPT
]
_Phone = Annotated[str, _pattern(r"\+?[0-9][0-9 ()-]{4,30}", "must be a telephone number")]
_Language = Annotated[
    str,
    _pattern(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", "must be a language's code, such as en, cy, pl or bfi"),
]
_Years = Annotated[int, Field(ge=0, le=120)]
_Date = Annotated[date, BeforeValidator(_iso_date), Field(ge=date(1900, 1, 1))]


def _written_pnc(text: str) -> str:
    """The number with all its digits. One that is mistyped would find somebody else, or nobody."""
    number = read_pnc(text)
    if number is None:
        raise PydanticCustomError("pnc", "must be a PNC number such as 2008/0545166T, with the letter that fits it")
    return number


_Pnc = Annotated[str, StringConstraints(max_length=20), AfterValidator(_written_pnc)]

_CLOSED = ConfigDict(extra="forbid")


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True)
class Victim:
    """Who asks, or is asked: how they are reached, in which language, and what they need to take part."""

    name: _Line = field(repr=False)
    email: _Email = field(default="", repr=False)
    phone: _Phone = field(default="", repr=False)
    address: _Line = field(default="", repr=False)
    language: _Language = field(default="en", repr=False)
    needs: Annotated[tuple[_Line, ...], Field(max_length=20)] = field(default=(), repr=False)


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True)
class Offender:
    """Whom the request is about, as far as the victim or the police know; `aliases` are other names of theirs."""

    name: _Line = field(repr=False)
    date_of_birth: _Date | None = field(default=None, repr=False)
    pnc_number: _Pnc = field(default="", repr=False)
    aliases: Annotated[tuple[_Line, ...], Field(max_length=10)] = field(default=(), repr=False)


class _Request(BaseModel):
    """The fields of `RequestReceived` that another system may give, with the same defaults."""

    model_config = _CLOSED

    area: _Area
    initiated_by: InitiatedBy
    takes_part_as: TakesPartAs
    offender_age_group: AgeGroup
    preferred_form: Form = Form.FACE_TO_FACE
    incident: _Code = ""
    has_vlo: bool = False
    in_touch_with_police: bool = True
    years_since_offence: _Years = 0
    whereabouts_known: bool = False
    victim_under_18: bool = False
    flags: frozenset[Flag] = frozenset()
    contact: Contact = Contact.EMAIL


class _Given(BaseModel):
    model_config = _CLOSED

    source_id: _Code
    request: _Request
    victim: Victim
    offender: Offender | None = None
    offence: Offence = Offence.OTHER
    note: _Text = ""
    scenario: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One request, ready to be taken. `scenario` is for the demonstration; the service does not read it.

    `source_id` names the request in the system that it comes from; `line` is where it begins in its file.
    """

    source_id: str
    request: RequestReceived
    victim: Victim
    offender: Offender | None = None
    offence: Offence = Offence.OTHER
    note: str = field(default="", repr=False)
    scenario: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field; an empty `field` means the row as a whole."""

    field: str
    problem: str

    def __str__(self) -> str:
        """The field and its problem."""
        return f"{self.field} {self.problem}".lstrip()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be taken, with each of its faults; `source_id` where it has a usable one."""

    line: int
    faults: tuple[Fault, ...]
    source_id: str = ""

    def __str__(self) -> str:
        """One line that names the line and each field at fault."""
        return f"line {self.line}: " + "; ".join(str(fault) for fault in self.faults)


_GIVEN = TypeAdapter(_Given)
_VICTIM = TypeAdapter(Victim)
_ADDRESS_FOR: dict[object, str] = {"email": "email", "text": "phone", "phone": "phone", "letter": "address"}


def read_row(raw: object, line: int = 0) -> Row | BadRow:
    """The request in `raw`, parsed JSON, or each of its faults; a null or empty text counts as not given."""
    if not isinstance(raw, Mapping):
        return BadRow(line, (Fault("", "must be a JSON object"),))
    given = {key: _without_blanks(value) for key, value in _without_blanks(raw).items()}
    faults = _unreachable(given)
    try:
        read = _GIVEN.validate_python(given)
    except ValidationError as error:
        return BadRow(line, (*_faults_of(error), *faults), usable_id(given))
    return BadRow(line, faults, usable_id(given)) if faults else _row(read, line)


def _row(read: _Given, line: int) -> Row:
    request = RequestReceived(**dict(read.request))
    return Row(read.source_id, request, read.victim, read.offender, read.offence, read.note, read.scenario, line)


def victim_faults(details: Mapping[str, Any]) -> tuple[Fault, ...]:
    """What is wrong with a victim's details as the vault holds them, with the offence beside them."""
    try:
        _VICTIM.validate_python({name: value for name, value in details.items() if name != "offence"})
    except ValidationError as error:
        return _faults_of(error)
    return ()


def usable_id(raw: object) -> str:
    """The `source_id` in `raw`, where it is one that may be shown; else nothing."""
    given = raw.get("source_id") if isinstance(raw, Mapping) else None
    return given if isinstance(given, str) and re.fullmatch(_CODE, given) else ""


def _without_blanks(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {key: each for key, each in value.items() if each is not None and each != ""}


def _unreachable(given: Mapping[Any, Any]) -> tuple[Fault, ...]:
    """A fault where the victim wants to hear in a way for which nothing is given."""
    request, victim = given.get("request"), given.get("victim")
    if not isinstance(request, Mapping) or not isinstance(victim, Mapping):
        return ()
    contact = request.get("contact", "email")
    needed = _ADDRESS_FOR.get(contact) if isinstance(contact, str) else None
    if needed is None or needed in victim:
        return ()
    return (Fault(f"victim.{needed}", f"is missing: request.contact is {contact}"),)


def _faults_of(error: ValidationError) -> tuple[Fault, ...]:
    faults = (_fault(each) for each in error.errors(include_url=False, include_input=False))
    return tuple(dict.fromkeys(faults))


def _fault(error: Mapping[str, Any]) -> Fault:
    """One fault in our words; a field whose name is not like a code may be a value in the wrong place."""
    names = [part for part in error["loc"] if isinstance(part, str)]
    if error["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        *parents, name = names or [""]
        return Fault(".".join((*parents, shown(name))), "is not a known field")
    return Fault(".".join(names), _problem(error))


def shown(name: str) -> str:
    """A field's name that came from outside, if it looks like one."""
    return name if re.fullmatch(r"[a-z]+(_[a-z]+)*", name) and len(name) <= 40 else "a field of another name"


def _problem(error: Mapping[str, Any]) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "enum":
            return "must be one of " + str(context["expected"]).replace("'", "").replace(" or ", ", ")
        case "string_too_long":
            return f"is longer than {context['max_length']} characters"
        case kind:
            return _PROBLEMS.get(kind, str(error["msg"]))


_WHOLE = "must be a whole number"
_OBJECT = "must be an object with fields of its own"
_PROBLEMS = {
    "missing": "is missing",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "finite_number": _WHOLE,
    "greater_than_equal": "is too small",
    "less_than_equal": "is too large",
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "dict_type": _OBJECT,
    "string_type": "must be text",
    "string_unicode": "is not UTF-8 text",
    "string_too_short": "must not be empty",
    "frozen_set_type": "must be a list",
    "tuple_type": "must be a list",
    "too_long": "has too many entries",
    "date_parsing": "must be a date such as 1990-12-31",
    "date_from_datetime_parsing": "must be a date such as 1990-12-31",
}
"""What pydantic calls each problem, and what we call it; our own checks bring their words along."""
