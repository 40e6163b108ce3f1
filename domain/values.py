"""Changed copies of frozen values, as `dataclasses.replace` makes them, in a tenth of its time.

An entry copies the case a dozen times, and a case has over thirty fields: that took half of the time of an entry.
"""

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["replace"]

T = TypeVar("T")

if TYPE_CHECKING:
    # So that the types of what is changed are checked.
    from dataclasses import replace
else:

    def replace(value: T, /, **changes: Any) -> T:
        """Return `value` with `changes`; a class with slots or with checks of its own is copied by its constructor."""
        kind = type(value)
        if not hasattr(value, "__dict__") or hasattr(kind, "__post_init__"):
            return dataclasses.replace(value, **changes)
        copy = object.__new__(kind)
        fields = copy.__dict__
        fields.update(value.__dict__)
        fields.update(changes)
        if len(fields) != len(value.__dict__):
            raise TypeError(f"{kind.__name__} has not all of the fields {sorted(changes)}")
        return copy
