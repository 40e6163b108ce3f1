"""The fields of each event as they are declared, whatever is allowed at present."""

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from domain.events import EVENTS
from domain.vocabulary import AgencyRef, CaseRef, WaitKey

FROM_STAFF_REGISTER = frozenset({"specialist_in", "accredited_until"})
"""The fields that the application fills in from the staff register, and nobody may send."""


class FieldKind(StrEnum):
    """What a field holds."""

    CHOICE = "choice"
    CHOICES = "choices"
    """Any number of the choices."""
    DAY = "day"
    YES_NO = "yes_no"
    NUMBER = "number"
    """One of the choices, which are whole numbers."""
    AREA = "area"
    """The area of another team."""
    AGENCY = "agency"
    """Any agency: a kind, or a kind and an id."""
    ACCOUNT = "account"
    """A member of staff."""
    CASES = "cases"
    """Any number of case references."""
    CODE = "code"
    """A reference or a code; free text belongs in the note."""


@dataclass(frozen=True, slots=True)
class FieldShape:
    """A field as its event declares it; `values` is a closed list of what it may hold, or a value to try."""

    kind: FieldKind
    name: str
    default: Any
    values: tuple[Any, ...] = ()
    holds: type | None = None

    @property
    def is_short(self) -> bool:
        """Whether it is a choice of at most eight values."""
        return self.kind is FieldKind.CHOICE and 0 < len(self.values) <= 8


def _shape_of(name: str, hint: Any, default: Any) -> FieldShape:
    if get_origin(hint) in (UnionType, Union):
        return _shape_of(name, next(part for part in get_args(hint) if part is not type(None)), default)
    if get_origin(hint) is Literal:
        return FieldShape(FieldKind.CHOICE, name, default, get_args(hint))
    if get_origin(hint) is frozenset:
        holds = get_args(hint)[0]
        if holds is CaseRef:
            return FieldShape(FieldKind.CASES, name, default, (frozenset({CaseRef("RJ-0000-0000")}),))
        return FieldShape(FieldKind.CHOICES, name, default, tuple(frozenset({choice}) for choice in holds))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return FieldShape(FieldKind.CHOICE, name, default, tuple(hint))
    return FieldShape(_KINDS.get(hint, _KIND_OF_NAME.get(name, FieldKind.CODE)), name, default, holds=hint)


_KINDS: dict[Any, FieldKind] = {
    date: FieldKind.DAY,
    bool: FieldKind.YES_NO,
    int: FieldKind.NUMBER,
    AgencyRef: FieldKind.AGENCY,
    WaitKey: FieldKind.CHOICE,
}
_KIND_OF_NAME = {
    "to": FieldKind.ACCOUNT,
    "to_area": FieldKind.AREA,
    "facilitator": FieldKind.ACCOUNT,
    "which": FieldKind.CHOICE,
}


FIELD_SHAPES: dict[str, dict[str, FieldShape]] = {
    name: {
        field.name: _shape_of(field.name, get_type_hints(event)[field.name], field.default) for field in fields(event)
    }
    for name, event in EVENTS.items()
    if name != "request_received"
}
"""The fields of each event by name, in order; a request has a form of its own."""
