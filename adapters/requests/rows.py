"""A request as another system sends it: its fields, and the errors of one that cannot be accepted.

An error names a field and a rule, and never repeats a value, which may be personal.
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


def _require_storable(text: str) -> str:
    # pydantic itself refuses what is not Unicode.
    if "\0" in text:
        raise PydanticCustomError("unstorable", "holds a character that cannot be stored")
    return text


def _require_iso_date(value: object) -> object:
    # A number or a date with a time would be taken for a date too.
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII)):
        return value
    raise PydanticCustomError("not_a_date", "must be a date such as 1990-12-31")


def _complete_pnc(text: str) -> str:
    # A mistyped number would find somebody else, or nobody.
    number = read_pnc(text)
    if number is None:
        raise PydanticCustomError("pnc", "must be a PNC number such as 2008/0545166T, with the letter that fits it")
    return number


def _pattern(pattern: str, rule: str) -> AfterValidator:
    """A check that text matches `pattern`, explained by `rule`."""
    expression = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        if not expression.fullmatch(text):
            raise PydanticCustomError("pattern", rule)
        return text

    return AfterValidator(check)


_CODE = r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}"
_STORABLE = AfterValidator(_require_storable)
_CodeText = Annotated[str, _pattern(_CODE, "must be 1 to 100 letters, digits and . _ : / - without spaces")]
_AreaCode = Annotated[str, _pattern(AREA_PATTERN, f"must be {AREA_RULE}")]
_LineText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _STORABLE]
_FreeText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000), _STORABLE]
_EmailAddress = Annotated[
    str, StringConstraints(max_length=254), _pattern(r"[^@\s]+@[^@\s]+", "must be an e-mail address"), _STORABLE
]
_PhoneNumber = Annotated[str, _pattern(r"\+?[0-9][0-9 ()-]{4,30}", "must be a telephone number")]
_LanguageCode = Annotated[
    str,
    _pattern(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", "must be a language's code, such as en, cy, pl or bfi"),
]
_Years = Annotated[int, Field(ge=0, le=120)]
_IsoDate = Annotated[date, BeforeValidator(_require_iso_date), Field(ge=date(1900, 1, 1))]
_PncNumber = Annotated[str, StringConstraints(max_length=20), AfterValidator(_complete_pnc)]

_CLOSED = ConfigDict(extra="forbid")


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True)
class Victim:
    """The victim: how they are reached, in which language, and what they need to take part."""

    name: _LineText = field(repr=False)
    email: _EmailAddress = field(default="", repr=False)
    phone: _PhoneNumber = field(default="", repr=False)
    address: _LineText = field(default="", repr=False)
    language: _LanguageCode = field(default="en", repr=False)
    needs: Annotated[tuple[_LineText, ...], Field(max_length=20)] = field(default=(), repr=False)


@with_config(_CLOSED)
@dataclass(frozen=True, slots=True)
class Offender:
    """The offender, as far as the victim or the police know; `aliases` are other names of theirs."""

    name: _LineText = field(repr=False)
    date_of_birth: _IsoDate | None = field(default=None, repr=False)
    pnc_number: _PncNumber = field(default="", repr=False)
    aliases: Annotated[tuple[_LineText, ...], Field(max_length=10)] = field(default=(), repr=False)


class _RequestFields(BaseModel):
    """The fields of `RequestReceived` that another system may set, with the same defaults."""

    model_config = _CLOSED

    area: _AreaCode
    initiated_by: InitiatedBy
    takes_part_as: TakesPartAs
    offender_age_group: AgeGroup
    preferred_form: Form = Form.FACE_TO_FACE
    incident: _CodeText = ""
    has_vlo: bool = False
    in_touch_with_police: bool = True
    years_since_offence: _Years = 0
    whereabouts_known: bool = False
    victim_under_18: bool = False
    flags: frozenset[Flag] = frozenset()
    contact: Contact = Contact.EMAIL


class _RequestModel(BaseModel):
    model_config = _CLOSED

    source_id: _CodeText
    request: _RequestFields
    victim: Victim
    offender: Offender | None = None
    offence: Offence = Offence.OTHER
    note: _FreeText = ""
    scenario: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One valid request. `scenario` is for the demonstration; the service does not read it.

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
class FieldError:
    """What is wrong with one field; an empty `field` means the row as a whole."""

    field: str
    problem: str

    def __str__(self) -> str:
        """The field and its problem."""
        return f"{self.field} {self.problem}".lstrip()


@dataclass(frozen=True, slots=True)
class InvalidRow:
    """A row that cannot be accepted, with all its errors; `source_id` if it has a valid one."""

    line: int
    errors: tuple[FieldError, ...]
    source_id: str = ""

    def __str__(self) -> str:
        """One line that names the line and each wrong field."""
        return f"line {self.line}: " + "; ".join(str(error) for error in self.errors)


_MODEL = TypeAdapter(_RequestModel)
_VICTIM = TypeAdapter(Victim)
_ADDRESS_FOR: dict[object, str] = {"email": "email", "text": "phone", "phone": "phone", "letter": "address"}


def read_row(raw: object, line: int = 0) -> RequestRow | InvalidRow:
    """The request in `raw`, parsed JSON, or all its errors; a null or empty text counts as missing."""
    if not isinstance(raw, Mapping):
        return InvalidRow(line, (FieldError("", "must be a JSON object"),))
    values = {name: _without_blanks(value) for name, value in _without_blanks(raw).items()}
    errors = _find_missing_address(values)
    try:
        model = _MODEL.validate_python(values)
    except ValidationError as error:
        return InvalidRow(line, (*_field_errors(error), *errors), find_source_id(values))
    if errors:
        return InvalidRow(line, errors, find_source_id(values))
    request = RequestReceived(**dict(model.request))
    people = (model.victim, model.offender, model.offence)
    return RequestRow(model.source_id, request, *people, model.note, model.scenario, line)


def find_victim_errors(details: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """The errors in a victim's details as the vault holds them, with the offence among them."""
    try:
        _VICTIM.validate_python({name: value for name, value in details.items() if name != "offence"})
    except ValidationError as error:
        return _field_errors(error)
    return ()


def find_source_id(raw: object) -> str:
    """The `source_id` in `raw` if it may be shown; else nothing."""
    source_id = raw.get("source_id") if isinstance(raw, Mapping) else None
    return source_id if isinstance(source_id, str) and re.fullmatch(_CODE, source_id) else ""


def shown_name(name: str) -> str:
    """A field's name that came from outside, if it looks like one: it may be a value in the wrong place."""
    return name if re.fullmatch(r"[a-z]+(_[a-z]+)*", name) and len(name) <= 40 else "a field of another name"


def _without_blanks(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {name: part for name, part in value.items() if part is not None and part != ""}


def _find_missing_address(values: Mapping[Any, Any]) -> tuple[FieldError, ...]:
    """An error where the victim's preferred form of contact has no address."""
    request, victim = values.get("request"), values.get("victim")
    if not isinstance(request, Mapping) or not isinstance(victim, Mapping):
        return ()
    contact = request.get("contact", "email")
    needed = _ADDRESS_FOR.get(contact) if isinstance(contact, str) else None
    if needed is None or needed in victim:
        return ()
    return (FieldError(f"victim.{needed}", f"is missing: request.contact is {contact}"),)


def _field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    errors = (_field_error(details) for details in error.errors(include_url=False, include_input=False))
    return tuple(dict.fromkeys(errors))


def _field_error(details: Mapping[str, Any]) -> FieldError:
    """One error in our words."""
    names, context = [part for part in details["loc"] if isinstance(part, str)], details.get("ctx", {})
    match details["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            *parents, name = names or [""]
            return FieldError(".".join((*parents, shown_name(name))), "is not a known field")
        case "enum":
            expected = str(context["expected"]).replace("'", "").replace(" or ", ", ")
            return FieldError(".".join(names), f"must be one of {expected}")
        case "string_too_long":
            return FieldError(".".join(names), f"is longer than {context['max_length']} characters")
        case kind:
            return FieldError(".".join(names), _PROBLEMS.get(kind, str(details["msg"])))


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
"""Our words for pydantic's types of errors; our own checks have their own words."""
