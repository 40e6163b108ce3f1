"""Choices among codes, as staff type them."""

from collections.abc import Iterable

from cli.errors import fail


def require_one_of(option: str, given: str | None, known: Iterable[str]) -> None:
    """Go on only where `given`, if anything is, is one of those `known`. Raises UsageError."""
    if given is not None and given not in set(known):
        fail(f"{option} {given!r}: it is one of {', '.join(known)}")
