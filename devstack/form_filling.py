"""How a simulated agency fills in the page on which it answers: what it sees there, and what it ticks."""

from collections.abc import Mapping
from html.parser import HTMLParser

from devstack.behaviours import Reply

_TICKED = {"offender_approached": "approached", "ask_returned": "not_ours"}
"""What is ticked for an event that has no answer of its own."""


class _Hidden(HTMLParser):
    """The hidden fields of a page, which go back as they came."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        each = dict(attrs)
        if tag == "input" and each.get("type") == "hidden":
            self.fields[each.get("name") or ""] = each.get("value") or ""


def filled(page: str, reply: Reply) -> dict[str, str]:
    """The fields of `page` that say what `reply` says."""
    hidden = _Hidden()
    hidden.feed(page)
    ticked = str(reply.data.get("answer", _TICKED.get(reply.event, "")))
    return {**hidden.fields, "answer": ticked, "note": reply.note, **_beside(ticked, reply.data)}


def _beside(ticked: str, data: Mapping[str, object]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for key, value in data.items():
        if key in ("until", "review_on"):
            parts = zip(("year", "month", "day"), str(value).split("-"), strict=True)
            fields |= {f"{ticked}-{key}-{part}": number for part, number in parts}
        elif key != "answer":
            fields[f"{ticked}-{key}"] = str(value)
    return fields
