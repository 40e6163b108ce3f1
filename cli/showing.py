"""A case as `rj show` prints it: where it stands, what it waits for, its timeline, and what agencies were sent."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from application.agency_contacts import AgencyContact, contact_line
from cli.cases import told
from cli.duplicates import duplicate_lines, duplicates_json
from domain.case import Case
from domain.days import format_day
from domain.json_values import to_json, to_json_object
from domain.staff_explanation import staff_explain
from ports.case_file import CaseSnapshot, Entry, RefusedRecord
from queries.ask_wordings import standing
from queries.case_history import DeliveryAttempt, SentAsk
from queries.duplicates import Duplicates

_OUTCOMES = {
    "sending": "under way",
    "unknown": "begun, outcome not known: its process ended before it was kept what came of it",
}


def case_json(
    case: CaseSnapshot,
    entries: Sequence[Entry],
    refused: Sequence[RefusedRecord],
    sent: Sequence[SentAsk],
    agencies: Sequence[AgencyContact],
    alike: Duplicates | None = None,
) -> dict[str, Any]:
    """The case without its inner state, with all that belongs to it; `alike` is looked up while it is screened."""
    fields = to_json_object(case)
    del fields["state"]
    return {
        **fields,
        "timeline": [to_json(entry) for entry in entries],
        "refused": [to_json(each) for each in refused],
        "asks": [to_json(each) for each in sent],
        "agencies": [to_json(each) for each in agencies],
        "duplicates": None if alike is None else duplicates_json(alike),
    }


def case_lines(
    found: CaseSnapshot,
    case: Case,
    now: datetime,
    agencies: Sequence[AgencyContact],
    entries: Sequence[Entry],
    refused: Sequence[RefusedRecord],
    sent: Sequence[SentAsk],
    alike: Duplicates | None = None,
) -> Iterator[str]:
    """The case in lines; `now` is the case's time."""
    yield f"{found.ref}, version {found.version}, area {found.area}"
    yield from _facts(found)
    yield ""
    yield from staff_explain(case, now)
    yield from _section("Possible duplicates", iter(duplicate_lines(alike) if alike else ()))
    yield from _section("Agencies waited for", (contact_line(each) for each in agencies))
    yield from _section("Timeline, newest first", (_entry(entry) for entry in entries))
    yield from _section("Refused", (_refused(each) for each in refused))
    yield from _section("SentAsk to agencies", (line for each in sent for line in _sent(each)))


def _facts(found: CaseSnapshot) -> Iterator[str]:
    yield f"Received on {format_day(found.received_at.date())}, begun by the {found.initiated_by}."
    if found.assigned_to:
        yield f"Assigned to {found.assigned_to}."
    if found.responsible_agency:
        yield f"Responsible agency: {found.responsible_agency}."
    if found.victim_updated_on:
        yield f"The victim last heard on {format_day(found.victim_updated_on)}."


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    first = next(lines, None)
    if first is not None:
        yield from ("", f"{title}:", f"  {first}")
        yield from (f"  {line}" for line in lines)


def _entry(entry: Entry) -> str:
    fields = ", ".join(f"{name} {_value(value)}" for name, value in entry.data.items())
    facts = f" ({fields})" if fields else ""
    note = f", note {entry.note}" if entry.note else ""
    return f"{entry.version:>3}  {_moment(entry.at)}  {entry.event}{facts} by {_by(entry.by)} -> {entry.step}{note}"


def _refused(refused: RefusedRecord) -> str:
    event = refused.event or "something unreadable"
    return f"{_moment(refused.at)}  {event} by {_by(refused.by)}: {told(refused.code, refused.detail)}"


def _sent(sent: SentAsk) -> Iterator[str]:
    question = f" {sent.question}" if sent.question else ""
    due = f", due {sent.due_on}" if sent.due_on else ""
    yield f"{sent.kind}{question} to {sent.agency}{due}: {sent.outcome} [{sent.key}]"
    yield f"  {standing(sent.kind, sent.agency, sent.outcome, sent.error, sent.next_try_at)}"
    for _, alike in groupby(sent.tried, _came_to):
        yield f"  {_tried(tuple(alike))}"


def _came_to(attempt: DeliveryAttempt) -> tuple[str, ...]:
    return attempt.outcome, attempt.error, attempt.agency, attempt.channel, attempt.address


def _tried(alike: tuple[DeliveryAttempt, ...]) -> str:
    """Attempts that came to the same in one line: what fails for weeks is tried hundreds of times."""
    first, last = alike[0], alike[-1]
    which = f"attempt {first.number} at {_moment(first.at)} UTC"
    if first is not last:
        which = f"attempts {first.number} to {last.number}, {_moment(first.at)} to {_moment(last.at)} UTC"
    return f"{which}: {_OUTCOMES.get(first.outcome, first.outcome)}{_in_brackets(first.error)}{_by_which_way(first)}"


def _by_which_way(attempt: DeliveryAttempt) -> str:
    at = f" at {attempt.address}" if attempt.address else ""
    return f", {attempt.agency} by {attempt.channel}{at}" if attempt.agency else ""


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def _value(value: object) -> str:
    if isinstance(value, list):
        return "/".join(str(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _by(by: Mapping[str, Any]) -> str:
    name = f"{by.get('role', 'nobody')} {by.get('id', '')}".strip()
    behalf = by.get("on_behalf_of")
    return f"{name} for {behalf}" if behalf else name


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
