"""Days as staff type them."""

from datetime import date

from cli.errors import fail


def day_in(option: str, given: str) -> date | None:
    """The day that `given` names, if it names any. Raises UsageError."""
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        return fail(f"{option} {given!r}: a day is written as 2026-12-31")
