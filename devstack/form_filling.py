"""How a simulated agency fills in the form on which it replies to a mail."""

from html.parser import HTMLParser

from devstack.behaviours import Reply

_ANSWERS_BY_EVENT = {
    "offender_approached": "approached",
    "ask_returned": "not_ours",
    "information_requested": "information",
}
"""What is ticked for an event that has no answer of its own."""


class _HiddenFields(HTMLParser):
    """The hidden fields of a page, which go back as they came."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "input" and values.get("type") == "hidden":
            self.fields[values.get("name") or ""] = values.get("value") or ""


def fill_in(page: str, reply: Reply) -> dict[str, str]:
    """The fields of `page` that say what `reply` says."""
    hidden = _HiddenFields()
    hidden.feed(page)
    answer = str(reply.data.get("answer", _ANSWERS_BY_EVENT.get(reply.event, "")))
    fields = {**hidden.fields, "answer": answer, "note": reply.note}
    if answer == "willing":
        fields["willing-may_be_told"] = "yes" if reply.data.get("may_be_told") else "no"
    for key, value in reply.data.items():
        if key in ("until", "review_on"):
            parts = zip(("year", "month", "day"), str(value).split("-"), strict=True)
            fields |= {f"{answer}-{key}-{part}": number for part, number in parts}
        elif key not in ("answer", "may_be_told"):
            fields[f"{answer}-{key}"] = str(value)
    return fields
