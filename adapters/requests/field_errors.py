"""What is wrong with a field: its name and a rule, and never a value, which may be personal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; an empty `field` means the row as a whole."""

    field: str
    problem: str

    def __str__(self) -> str:
        """The field and its problem."""
        return f"{self.field} {self.problem}".lstrip()


def shown_name(name: str) -> str:
    """A field's name that came from outside, if it looks like one: it may be a value in the wrong place."""
    return name if re.fullmatch(r"[a-z]+(_[a-z]+)*", name) and len(name) <= 40 else "a field of another name"


def list_field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """The errors of a validation in our words, which repeat no value."""
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
    "date_parsing": "must be a date such as 31/12/1990 or 1990-12-31",
    "date_from_datetime_parsing": "must be a date such as 31/12/1990 or 1990-12-31",
}
"""Our words for pydantic's types of errors; our own checks have their own words."""
