"""An event's fields as they are typed on the command line: `--answer found`, `answer=found`, or JSON."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any, get_args, get_origin, get_type_hints

from cli.errors import fail
from domain.events import EVENTS, OWN_EVENTS, Event, field_names

ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def known_event(name: str) -> type[Event]:
    """The event of this name, which may have dashes. Raises UsageError, with the names that are near."""
    kind = EVENTS.get(name.replace("-", "_"))
    if kind is None:
        names = [name for name, kind in EVENTS.items() if kind not in OWN_EVENTS]
        fail(f"there is no event {name!r}{_near(name, names)}")
    return kind


def read_fields(kind: type[Event], given: Sequence[str], data: str) -> dict[str, Any]:
    """The event's data: the JSON in `data`, and over it the fields in `given`. Raises UsageError."""
    fields = _object(data) if data else {}
    for name, value in _pairs(given):
        fields[name] = value
    for name in fields:
        _require_known(kind, name)
    return {name: _value(kind, name, value) for name, value in fields.items()}


def _object(data: str) -> dict[str, Any]:
    try:
        fields = json.loads(data)
    except ValueError as error:
        fail(f"--data is not JSON: {error}")
    if not isinstance(fields, dict):
        fail('--data must be a JSON object, such as {"answer": "found"}')
    return fields


def _pairs(given: Sequence[str]) -> Iterable[tuple[str, str]]:
    """`--name value`, `--name=value` and `name=value`; `--name` alone says that it is true."""
    rest = list(given)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.removeprefix("--").partition("=")
        if not equals:
            if not word.startswith("--"):
                fail(f"{word!r}: a field is given as --field value or field=value")
            value = rest.pop(0) if rest and not rest[0].startswith("--") else "true"
        yield name.replace("-", "_"), value


def _require_known(kind: type[Event], name: str) -> None:
    names = field_names(kind)
    if name not in names:
        fields = f"its fields are {', '.join(names)}" if names else "it has none"
        fail(f"{kind.name} has no field {name!r}{_near(name, names)}: {fields}")


def _value(kind: type[Event], name: str, value: object) -> object:
    hint = get_type_hints(kind)[name]
    kinds = {hint, *get_args(hint)}
    if date in kinds and isinstance(value, str | int | float) and not _is_date(value):
        fail(f"{name} {value!r}: a day is written as 2026-12-31")
    if bool in kinds and value in ("true", "false"):
        return value == "true"
    if int in kinds and isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    if get_origin(hint) is frozenset and isinstance(value, str):
        return [each.strip() for each in value.split(",") if each.strip()]
    return value


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ISO_DATE.fullmatch(value)) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _near(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name.replace("-", "_"), list(names), n=3)
    return f": did you mean {' or '.join(near)}?" if near else ""
