"""Forms as data: what can be chosen and entered, how a posted form is read, and what to correct in it.

Nothing here knows HTTP or HTML, except names: `name` is that of the inputs, and the id of the first of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar

from domain.days import format_day
from domain.events import is_within_reach
from domain.json_values import Json

FormFields = Mapping[str, tuple[str, ...]]
"""What was posted: each name with its values in order."""

DAY_PARTS = ("day", "month", "year")


@dataclass(frozen=True, slots=True)
class FormError:
    """What to correct: `name` is the field's, `id` the input to go to."""

    name: str
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldInput:
    """The value of a field as the event carries it (None: nothing), and as people read it."""

    value: Json
    words: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """An option to choose."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """A choice of one option, or of one or more where `many`.

    `missing` is the error where none is chosen; without it, the choice may be left out.
    """

    key: str
    legend: str
    options: tuple[Option, ...]
    missing: str = ""
    hint: str = ""
    many: bool = False

    def read(self, name: str, fields: FormFields, today: date) -> FieldInput | FormError:
        """Return the chosen value, or the list of them."""
        chosen = [option for option in self.options if option.value in fields.get(name, ())]
        if not chosen and not self.missing:
            return FieldInput(None)
        if not chosen or (len(chosen) > 1 and not self.many):
            return FormError(name, name, self.missing)
        words = ", ".join(option.label for option in chosen)
        return FieldInput([option.value for option in chosen] if self.many else chosen[0].value, words)


@dataclass(frozen=True, slots=True)
class DayField:
    """A day in the future as three numbers; it may be left out. `called` is its name in errors."""

    key: str
    legend: str
    called: str
    hint: str = ""

    def read(self, name: str, fields: FormFields, today: date) -> FieldInput | FormError:
        """Return the day in ISO 8601."""
        parts = {part: _first(fields, f"{name}-{part}").strip() for part in DAY_PARTS}
        if not any(parts.values()):
            return FieldInput(None)
        missing = [part for part in DAY_PARTS if not parts[part]]
        if missing:
            return FormError(name, f"{name}-{missing[0]}", f"{self.called} must include a {' and a '.join(missing)}")
        if not (parts["year"].isdigit() and len(parts["year"]) == 4):
            called = self.called[:1].lower() + self.called[1:]
            return FormError(name, f"{name}-year", f"The year of {called} must have four figures")
        try:
            day = date(*(int(parts[part]) for part in reversed(DAY_PARTS)))
        except ValueError:
            return FormError(name, f"{name}-day", f"{self.called} must be a real date")
        if day <= today:
            return FormError(name, f"{name}-day", f"{self.called} must be after today")
        if not is_within_reach(day, today):
            return FormError(name, f"{name}-year", f"{self.called} must be nearer than that")
        return FieldInput(day.isoformat(), format_day(day))


YES, NO = Option("yes", "Yes"), Option("no", "No")


@dataclass(frozen=True, slots=True)
class YesNoField:
    """A question that is answered by yes or no; `missing` is the error where neither is chosen."""

    key: str
    legend: str
    missing: str
    hint: str = ""
    options: ClassVar = (YES, NO)
    many: ClassVar = False

    def read(self, name: str, fields: FormFields, today: date) -> FieldInput | FormError:
        """Return whether it was yes."""
        chosen = [option for option in self.options if option.value in fields.get(name, ())]
        if len(chosen) != 1:
            return FormError(name, name, self.missing)
        return FieldInput(chosen[0] is YES, chosen[0].label)


FormField = ChoiceField | DayField | YesNoField


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """An answer to a question: the event that it records, with `data` and the values of its `fields`.

    An answer that is not `final` leaves the question open.
    """

    value: str
    label: str
    event: str
    data: Mapping[str, Json] = field(default_factory=dict)
    hint: str = ""
    fields: tuple[FormField, ...] = ()
    final: bool = True

    def name_of(self, asked: FormField) -> str:
        """Return the name of one of its fields, which no field of another answer has."""
        return f"{self.value}-{asked.key}"


@dataclass(frozen=True, slots=True)
class FormResult:
    """A posted form: the `answer`, or the `errors`. `words` is the answer for people."""

    answer: FormAnswer | None
    data: Mapping[str, Json]
    note: str
    words: tuple[tuple[str, str], ...] = ()
    errors: tuple[FormError, ...] = ()


ANSWER, NOTE = "answer", "note"


def read_form(answers: tuple[FormAnswer, ...], fields: FormFields, today: date, max_note_length: int) -> FormResult:
    """Return what was posted. Fields of answers that were not chosen and unknown fields are ignored."""
    note = _first(fields, NOTE).replace("\r\n", "\n").strip()
    excess = len(note) - max_note_length
    errors = [FormError(NOTE, NOTE, f"What you write must be shorter by {excess} characters")] if excess > 0 else []
    chosen = [answer for answer in answers if answer.value in fields.get(ANSWER, ())]
    if len(chosen) != 1:
        return FormResult(None, {}, note, errors=(FormError(ANSWER, ANSWER, "Select your answer"), *errors))
    answer = chosen[0]
    read = {asked: asked.read(answer.name_of(asked), fields, today) for asked in answer.fields}
    errors = [result for result in read.values() if isinstance(result, FormError)] + errors
    if errors:
        return FormResult(None, {}, note, errors=tuple(errors))
    entered = {
        asked: result for asked, result in read.items() if isinstance(result, FieldInput) and result.value is not None
    }
    data = {**answer.data, **{asked.key: result.value for asked, result in entered.items()}}
    words = (("Your answer", answer.label), *((asked.legend, result.words) for asked, result in entered.items()))
    return FormResult(answer, data, note, words)


def _first(fields: FormFields, name: str) -> str:
    return next(iter(fields.get(name, ())), "")
