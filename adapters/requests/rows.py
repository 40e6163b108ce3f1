"""A request as another system sends it: its fields, and the errors of one that cannot be accepted.

An error names a field and a rule, and never repeats a value, which may be personal.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from adapters.requests.ages import find_age_errors
from adapters.requests.field_errors import FieldError, list_field_errors
from adapters.requests.people import (
    CLOSED,
    TODAY,
    FreeText,
    Offender,
    PastDay,
    Referrer,
    Victim,
    pattern,
    with_split_phone,
    without_placeholders,
)
from adapters.requests.written_days import age_on, london_day
from domain.areas import AREA_PATTERN, AREA_RULE
from domain.events import RequestReceived
from domain.vocabulary import (
    PERSON,
    AgeGroup,
    AgencyKind,
    Contact,
    Disposal,
    Flag,
    Form,
    InitiatedBy,
    Offence,
    TakesPartAs,
)

_CODE = r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}"
_CodeText = Annotated[str, pattern(_CODE, "must be 1 to 100 letters, digits and . _ : / - without spaces")]
_AreaCode = Annotated[str, pattern(AREA_PATTERN, f"must be {AREA_RULE}")]
_Years = Annotated[int, Field(ge=0, le=120)]

_AgencyCode = Annotated[
    str,
    pattern(rf"({'|'.join(AgencyKind)})(:[a-z0-9][a-z0-9-]{{0,99}})?", "must be a kind of agency, or its kind:id"),
]

VAULT_FACTS = ("date_of_offence",)
"""Fields of `request` that the event does not have: they are stored with the victim's details."""


class _RequestFields(BaseModel):
    """The fields of `RequestReceived` that another system may set, with the same defaults, and `VAULT_FACTS`."""

    model_config = CLOSED

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
    disposal: Disposal = Disposal.CONVICTED
    date_of_offence: PastDay | None = None
    referred_by: _AgencyCode = ""
    referred_on: PastDay | None = None


class _RequestModel(BaseModel):
    model_config = CLOSED

    source_id: _CodeText
    request: _RequestFields
    victim: Victim
    offender: Offender | None = None
    referrer: Referrer | None = None
    offence: Offence = Offence.NOT_STATED
    note: FreeText = ""
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
    referrer: Referrer | None = None
    date_of_offence: date | None = field(default=None, repr=False)
    note: str = field(default="", repr=False)
    scenario: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    line: int = field(default=0, compare=False)


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
_OFFENDER = TypeAdapter(Offender)
_ADDRESS_FOR: dict[object, str] = {"email": "email", "text": "phone", "phone": "phone", "letter": "address"}


def read_row(raw: object, line: int = 0, today: date | None = None) -> RequestRow | InvalidRow:
    """The request in `raw`, parsed JSON, or all its errors; a null or empty text counts as missing."""
    if not isinstance(raw, Mapping):
        return InvalidRow(line, (FieldError("", "must be a JSON object"),))
    today = today or london_day()
    values = _prepare({name: _without_blanks(value) for name, value in _without_blanks(raw).items()}, today)
    errors = (*_find_missing_address(values), *_find_two_days(values))
    try:
        model = _MODEL.validate_python(values, context={TODAY: today})
    except ValidationError as error:
        return InvalidRow(line, (*list_field_errors(error), *errors), find_source_id(values))
    request, victim, offender = model.request, model.victim, model.offender
    facts = {name: value for name, value in request if name not in VAULT_FACTS}
    if request.date_of_offence and "years_since_offence" not in request.model_fields_set:
        facts["years_since_offence"] = age_on(request.date_of_offence, today)
    if model.referrer is not None:
        facts["referred_by"] = facts["referred_by"] or PERSON
    event = RequestReceived(**facts, offence=model.offence)
    errors += find_age_errors(event, victim, offender, today) + _find_wrong_order(request, today)
    if errors:
        return InvalidRow(line, errors, find_source_id(values))
    return RequestRow(
        model.source_id,
        event,
        victim,
        offender,
        model.referrer,
        request.date_of_offence,
        model.note,
        model.scenario,
        line,
    )


def read_victim(details: Mapping[str, Any]) -> Victim | tuple[FieldError, ...]:
    """A victim's details as the vault holds them, or their errors; what comes with them is not read."""
    fields = {name: value for name, value in _without_blanks(details).items() if name not in BESIDE_VICTIM}
    try:
        return _VICTIM.validate_python(with_split_phone(fields))
    except ValidationError as error:
        return list_field_errors(error)


BESIDE_VICTIM = frozenset({"offence", "referrer", "incident", *VAULT_FACTS})
"""What the vault holds with a victim's details: facts of the request that say more than codes."""


def read_offender(details: Mapping[str, Any]) -> Offender | tuple[FieldError, ...]:
    """An offender's details as the vault holds them, or their errors."""
    try:
        return _OFFENDER.validate_python(without_placeholders(_without_blanks(details), london_day()))
    except ValidationError as error:
        return list_field_errors(error)


def _prepare(values: dict[str, Any], today: date) -> dict[str, Any]:
    """Return the values of a row as they are validated: an offender about which nothing is known is none."""
    prepared = dict(values)
    for group in ("victim", "referrer"):
        if isinstance(values.get(group), Mapping):
            prepared[group] = with_split_phone(values[group])
    if isinstance(values.get("offender"), Mapping):
        prepared["offender"] = without_placeholders(values["offender"], today)
        if not prepared["offender"]:
            del prepared["offender"]
    if prepared.get("referrer") == {}:
        del prepared["referrer"]
    request = values.get("request")
    if isinstance(request, Mapping) and "received_on" in request and "referred_on" not in request:
        prepared["request"] = {"referred_on" if name == "received_on" else name: request[name] for name in request}
    return prepared


def _find_two_days(values: Mapping[Any, Any]) -> tuple[FieldError, ...]:
    """An error where the request has two days on which it was passed on."""
    request = values.get("request")
    twice = isinstance(request, Mapping) and {"received_on", "referred_on"} <= request.keys()
    return (FieldError("request.received_on", "is the same as request.referred_on: give one of them"),) if twice else ()


def _find_wrong_order(request: _RequestFields, today: date) -> tuple[FieldError, ...]:
    """The errors of days that contradict each other or the years since the offence."""
    offence_on, errors = request.date_of_offence, []
    if offence_on and request.referred_on and request.referred_on < offence_on:
        errors.append(FieldError("request.referred_on", "is before request.date_of_offence"))
    has_years = offence_on and "years_since_offence" in request.model_fields_set
    if offence_on and has_years and abs(age_on(offence_on, today) - request.years_since_offence) > 1:
        errors.append(FieldError("request.years_since_offence", "contradicts request.date_of_offence"))
    return tuple(errors)


def find_source_id(raw: object) -> str:
    """The `source_id` in `raw` if it may be shown; else nothing."""
    source_id = raw.get("source_id") if isinstance(raw, Mapping) else None
    return source_id if isinstance(source_id, str) and re.fullmatch(_CODE, source_id) else ""


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
