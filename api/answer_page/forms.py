"""Forms as data: what can be chosen and entered, how a posted form is read, and what is to be mended in it.

Nothing here knows of HTTP or of HTML but names: `name` is that of the inputs, and the id of the first of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from domain.days import format_day
from domain.events import is_within_reach
from domain.json_values import Json

Posted = Mapping[str, tuple[str, ...]]
"""What was posted: each name with its values in order."""

PARTS_OF_A_DAY = ("day", "month", "year")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to be mended: `name` is the field's, `id` the input to go to."""

    name: str
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What was read of a field: its value as the event carries it (None: nothing), and as people read it."""

    value: Json
    words: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be chosen."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several options, or any number of them but none where `many`; `missing` is said where none is chosen."""

    key: str
    legend: str
    options: tuple[Option, ...]
    missing: str
    hint: str = ""
    many: bool = False

    def read(self, name: str, posted: Posted, today: date) -> Entered | Fault:
        """The chosen value, or the list of them."""
        chosen = [option for option in self.options if option.value in posted.get(name, ())]
        if not chosen or (len(chosen) > 1 and not self.many):
            return Fault(name, name, self.missing)
        words = ", ".join(option.label for option in chosen)
        return Entered([option.value for option in chosen] if self.many else chosen[0].value, words)


@dataclass(frozen=True, slots=True)
class Day:
    """A day in the future, as three numbers; it may be left out. `called` is what faults call it."""

    key: str
    legend: str
    called: str
    hint: str = ""

    def read(self, name: str, posted: Posted, today: date) -> Entered | Fault:
        """The day, as ISO 8601 writes it."""
        entered = {part: _first(posted, f"{name}-{part}").strip() for part in PARTS_OF_A_DAY}
        if not any(entered.values()):
            return Entered(None)
        missing = [part for part in PARTS_OF_A_DAY if not entered[part]]
        if missing:
            return Fault(name, f"{name}-{missing[0]}", f"{self.called} must include a {' and a '.join(missing)}")
        if not (entered["year"].isdigit() and len(entered["year"]) == 4):
            return Fault(name, f"{name}-year", f"The year of {_lower(self.called)} must have four figures")
        return self._real(name, entered, today)

    def _real(self, name: str, entered: Mapping[str, str], today: date) -> Entered | Fault:
        try:
            day = date(*(int(entered[part]) for part in reversed(PARTS_OF_A_DAY)))
        except ValueError:
            return Fault(name, f"{name}-day", f"{self.called} must be a real date")
        if day <= today:
            return Fault(name, f"{name}-day", f"{self.called} must be after today")
        if not is_within_reach(day, today):
            return Fault(name, f"{name}-year", f"{self.called} must be nearer than that")
        return Entered(day.isoformat(), format_day(day))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a question: the event that it records, with `data` and what `asks` add to it.

    An answer that is not `final` leaves the question open.
    """

    value: str
    label: str
    event: str
    data: Mapping[str, Json] = field(default_factory=dict)
    hint: str = ""
    asks: tuple[Choice | Day, ...] = ()
    final: bool = True

    def name_of(self, asked: Choice | Day) -> str:
        """The name of a field that is asked beside this answer; no other answer has one of this name."""
        return f"{self.value}-{asked.key}"


@dataclass(frozen=True, slots=True)
class Filled:
    """What a posted form says. Only without `faults` is there an `answer`; `words` is what it says, for people."""

    answer: Answer | None
    data: Mapping[str, Json]
    note: str
    words: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()


ANSWER, NOTE = "answer", "note"


def read_form(answers: tuple[Answer, ...], posted: Posted, today: date, most_note: int) -> Filled:
    """What was posted. Fields of answers that were not chosen do not count; unknown ones do not either."""
    note = _first(posted, NOTE).replace("\r\n", "\n").strip()
    too_long = len(note) - most_note
    noted = (Fault(NOTE, NOTE, f"What you write must be shorter by {too_long} characters"),) if too_long > 0 else ()
    chosen = [answer for answer in answers if answer.value in posted.get(ANSWER, ())]
    if len(chosen) != 1:
        return Filled(None, {}, note, faults=(Fault(ANSWER, ANSWER, "Select your answer"), *noted))
    return _with_asked(chosen[0], posted, today, note, noted)


def _with_asked(answer: Answer, posted: Posted, today: date, note: str, noted: tuple[Fault, ...]) -> Filled:
    read = {asked: asked.read(answer.name_of(asked), posted, today) for asked in answer.asks}
    faults = (*(each for each in read.values() if isinstance(each, Fault)), *noted)
    if faults:
        return Filled(None, {}, note, faults=faults)
    entered = {asked: each for asked, each in read.items() if isinstance(each, Entered) and each.value is not None}
    data = {**answer.data, **{asked.key: each.value for asked, each in entered.items()}}
    words = (("Your answer", answer.label), *((asked.legend, each.words) for asked, each in entered.items()))
    return Filled(answer, data, note, words)


def _first(posted: Posted, name: str) -> str:
    return next(iter(posted.get(name, ())), "")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
