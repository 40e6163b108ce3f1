"""What `rj` asks about the victim and the offender, for a new request and for corrections."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import typer

from cli.staff.texts import prompt


class AnswerKind(Enum):
    """How an answer is typed."""

    TEXT = auto()
    LIST = auto()
    YES_OR_NO = auto()


@dataclass(frozen=True)
class PersonalQuestion:
    """A field of somebody's details, and what the user is asked for it; each value is one of `choices`, if any."""

    field: str
    text: str
    kind: AnswerKind = AnswerKind.TEXT
    choices: tuple[str, ...] = ()
    default: str = ""


_SHARED = "Which of email, phone and address other people read or answer, separated by ;"
VICTIM = (
    PersonalQuestion("name", "Victim's name"),
    PersonalQuestion("email", "Victim's email address"),
    PersonalQuestion("phone", "Victim's telephone number"),
    PersonalQuestion("phone_note", "An extension, or a remark on the number"),
    PersonalQuestion("address", "Victim's postal address, on one line"),
    PersonalQuestion("shared", _SHARED, AnswerKind.LIST, ("email", "phone", "address")),
    PersonalQuestion("safe_to_leave_message", "Is it safe to leave a message (yes or no)", AnswerKind.YES_OR_NO),
    PersonalQuestion("safe_times", "When it is safe to ring or text, such as after 6pm"),
    PersonalQuestion("language", "Victim's language, such as en or cy", default="en"),
    PersonalQuestion("needs", "What the victim needs to take part, separated by ;", AnswerKind.LIST),
    PersonalQuestion("supporter_name", "Name of somebody who supports the victim"),
    PersonalQuestion("supporter_phone", "The supporter's telephone number"),
    PersonalQuestion("case_label", "The victim's own words for the case, such as the break-in at Mill Lane"),
    PersonalQuestion("date_of_birth", "Victim's date of birth, such as 1990-12-31"),
    PersonalQuestion("child_name", "Name of the child that a parent or guardian speaks for"),
    PersonalQuestion("child_date_of_birth", "The child's date of birth"),
)
OFFENDER = (
    PersonalQuestion("name", "Offender's name, as far as it is known"),
    PersonalQuestion("date_of_birth", "Offender's date of birth, such as 1990-12-31, or only the year"),
    PersonalQuestion("pnc_number", "PNC number, such as 2008/0545166T"),
    PersonalQuestion("nomis_number", "Prison number, such as A1234BC"),
    PersonalQuestion("crn", "CRN of the probation case, such as X123456"),
    PersonalQuestion("aliases", "Other names of the offender, separated by ;", AnswerKind.LIST),
)
FOLLOWS_FROM = {"phone_note": "phone", "supporter_phone": "supporter_name", "child_date_of_birth": "child_name"}
"""Questions of a new request that are only asked once another one is answered."""


def ask_for_details(questions: Iterable[PersonalQuestion], required: Iterable[str] = ()) -> dict[str, Any]:
    """What the user types for a new request; what is left empty is left out."""
    details: dict[str, Any] = {}
    required = frozenset(required)
    for question in questions:
        if question.field in FOLLOWS_FROM and FOLLOWS_FROM[question.field] not in details:
            continue
        value = _ask(question, question.default, required=question.field in required)
        if value not in ("", [], None):
            details[question.field] = value
    return details


def ask_for_corrections(questions: Iterable[PersonalQuestion], details: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `details` that the user changes or removes."""
    typer.echo("Enter keeps a value, - removes it.", err=True)
    corrections = {}
    for question in questions:
        known = details[question.field]
        value = _ask(question, _to_text(known))
        if value != (_no_value(question) if known in ("", None) else known):
            corrections[question.field] = value
    return corrections


def _ask(question: PersonalQuestion, default: str, *, required: bool = False) -> Any:
    while True:
        text = prompt(question.text, default=default, required=required)
        if text in ("", "-"):
            return _no_value(question)
        if question.kind is AnswerKind.TEXT:
            return text
        if question.kind is AnswerKind.LIST:
            values = [value.strip() for value in text.split(";") if value.strip()]
            if not question.choices or set(values) <= set(question.choices):
                return values
        elif text.lower() in ("yes", "y", "no", "n"):
            return text.lower().startswith("y")


def _no_value(question: PersonalQuestion) -> Any:
    return {AnswerKind.TEXT: "", AnswerKind.LIST: [], AnswerKind.YES_OR_NO: None}[question.kind]


def _to_text(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return "; ".join(value)
        case _:
            return str(value or "")
