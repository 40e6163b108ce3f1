"""Reading cases: lists of them, one with its timeline, and what its victim was told and may be told."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Annotated, Any

import typer

from api.models.labels import STAGES, STEPS
from cli.london import LABEL, london_date, london_time
from cli.output import JsonOption, output, printable
from cli.staff.client import connect
from cli.staff.labels import actor_label, contact_line, label
from cli.staff.options import (
    MAX_LIMIT,
    AreaOption,
    AssignedToOption,
    LimitOption,
    RefArgument,
    case_ref,
    choice,
    read_day,
    require_choice,
)

commands = typer.Typer()

SORTS = {
    "received": "when the request was received",
    "due": "when something is due next",
    "overdue": "since when something is overdue",
    "victim_updated": "when the victim was last updated",
}
MAX_CHOICES = 12
COLUMNS = ("case", "area", "step", "waiting on", "received", "due")
OUTCOMES = {"manual": "by hand"}
ATTEMPT_OUTCOMES = {
    **OUTCOMES,
    "sending": "not finished",
    "unknown": "outcome unknown: its process ended before it was stored",
}


@commands.command("list")
def list_cases(
    context: typer.Context,
    area: AreaOption = None,
    stage: Annotated[str | None, choice("--stage", "Only cases that have reached this stage", STAGES)] = None,
    step: Annotated[str | None, choice("--step", "Only cases at this step", STEPS)] = None,
    waiting_on: Annotated[
        str | None, typer.Option("--waiting-on", help="Only cases waiting on: caseworker, supervisor or an agency.")
    ] = None,
    overdue: Annotated[bool | None, typer.Option("--overdue/--not-overdue", help="Whether something is late.")] = None,
    on_hold: Annotated[bool | None, typer.Option("--hold/--no-hold", help="Whether they are on hold.")] = None,
    assigned_to: AssignedToOption = None,
    is_open: Annotated[bool | None, typer.Option("--open/--closed", help="Whether they are open.")] = None,
    received_from: Annotated[str, typer.Option(metavar="DAY", help="Received on this day or later.")] = "",
    received_to: Annotated[str, typer.Option(metavar="DAY", help="Received on this day or earlier.")] = "",
    due_from: Annotated[str, typer.Option(metavar="DAY", help="Due on this day or later.")] = "",
    due_to: Annotated[str, typer.Option(metavar="DAY", help="Due on this day or earlier.")] = "",
    text: Annotated[str | None, typer.Option("--text", help="The beginning of a half of the reference: 7Q2K.")] = None,
    sort: Annotated[str, choice("--sort", "The order, and only cases that have that date", SORTS)] = "received",
    descending: Annotated[bool, typer.Option("--descending", help="The latest first.")] = False,
    limit: LimitOption = 50,
    as_json: JsonOption = False,
) -> None:
    """List cases.

    The cases of your areas that match every option, the earliest first.
    """
    for option, given, choices in (("--stage", stage, STAGES), ("--step", step, STEPS), ("--sort", sort, SORTS)):
        require_choice(option, given, choices)
    filters = {
        "area": area,
        "stage": stage,
        "step": step,
        "waiting_on": waiting_on,
        "overdue": overdue,
        "on_hold": on_hold,
        "assigned_to": assigned_to,
        "open": is_open,
        "received_from": read_day("--received-from", received_from),
        "received_to": read_day("--received-to", received_to),
        "due_from": read_day("--due-from", due_from),
        "due_to": read_day("--due-to", due_to),
        "text": text,
        "sort": sort,
        "descending": descending,
    }
    with connect() as api:
        cases, is_more = api.list_all("/cases", "cases", filters, limit)
    to = output(context, as_json)
    to.rows(COLUMNS, [(case, case_cells(case)) for case in cases], "No matching cases")
    to.limit_note(is_more, limit)


def case_cells(case: Mapping[str, Any]) -> tuple[str, ...]:
    """The case as a row under `COLUMNS`."""
    more = "on hold" if case["on_hold"] else label(case["reason"])
    return (
        case["ref"],
        case["area"],
        f"{label(case['step'])} ({more})" if more else label(case["step"]),
        ", ".join(dict.fromkeys(case["waiting_on"])),
        london_date(case["received_at"]),
        f"{case['due_on'] or ''}{' overdue' if case['overdue_since'] else ''}",
    )


@commands.command()
def show(context: typer.Context, ref: RefArgument, as_json: JsonOption = False) -> None:
    """Show a case and its timeline.

    What it is waiting for, who can do what about it, what agencies were sent, and possible duplicates while it is
    screened.
    """
    path = f"/cases/{case_ref(ref)}"
    with connect() as api:
        case = api.get(path)
        timeline = api.get(f"{path}/timeline")
        if timeline["next"]:
            earlier = {"cursor": timeline["next"]}
            timeline["entries"] += api.list_all(f"{path}/timeline", "entries", earlier, MAX_LIMIT)[0]
        asks = api.get(f"{path}/asks")["asks"]
        agencies = api.get(f"{path}/agencies")["agencies"]
        duplicates = api.get(f"{path}/duplicates") if case["step"] == "screening" else None
        news = api.get(f"{path}/news")["entries"]
        api.post(f"{path}/seen", {"version": case["version"]})
    news_lines = []
    for entry in news:
        note = ", with a note" if entry["has_note"] else ""
        line = f"{entry['version']:>3}  {entry['event']} by {actor_label(entry['by'])}{note}"
        news_lines.append(printable(line))
    value = {**case, "timeline": timeline["entries"], "refused": timeline["refused"], "asks": asks}
    output(context, as_json).answer(
        {**value, "agencies": agencies, "duplicates": duplicates, "news": news},
        *_case_lines(case),
        *_section("New since you last saw it", news_lines),
        *_section("Possible duplicates", _duplicate_lines(duplicates) if duplicates else ()),
        *_section("Agencies it is waiting for", map(contact_line, agencies)),
        *_section(f"Timeline, newest first ({LABEL})", map(_entry_line, timeline["entries"])),
        *_section(f"Refused ({LABEL})", map(_refused_line, timeline["refused"])),
        *_section(f"Sent to agencies ({LABEL})", (line for ask in asks for line in _ask_lines(ask))),
    )


def _case_lines(case: Mapping[str, Any]) -> Iterator[str]:
    yield f"{case['ref']}, version {case['version']}, area {case['area']}"
    yield f"Received on {london_date(case['received_at'])}, requested by the {case['initiated_by']}."
    yield f"Assigned to {case['assigned_to']}." if case["assigned_to"] else "Unassigned."
    if case["responsible_agency"]:
        yield f"Responsible agency: {case['responsible_agency']}."
    if case["victim_updated_on"]:
        yield f"Victim last updated on {case['victim_updated_on']}."
    yield ""
    yield from case["explanation"]


def _section(title: str, lines: Any) -> Iterator[str]:
    lines = list(lines)
    if lines:
        yield from ("", f"{title}:", *(f"  {line}" for line in lines))


def _entry_line(entry: Mapping[str, Any]) -> str:
    fields = ", ".join(f"{name} {_value(value)}" for name, value in entry["data"].items())
    facts = f" ({fields})" if fields else ""
    if entry["occurred_on"] and entry["occurred_on"] != london_date(entry["at"]):
        facts += f" on {entry['occurred_on']}"
    note = f", with a note: rj notes REF --entry {entry['version']}" if entry["note"] else ""
    who, at = actor_label(entry["by"]), london_time(entry["at"])
    return printable(f"{entry['version']:>3}  {at}  {entry['event']}{facts} by {who} -> {label(entry['step'])}{note}")


def _refused_line(refused: Mapping[str, Any]) -> str:
    event, detail = refused["event"] or "unreadable", f" ({refused['detail']})" if refused["detail"] else ""
    who = actor_label(refused["by"])
    return printable(
        f"{london_time(refused['at'])}  {event} by {who}: {refused['sentence']}{detail} [{refused['code']}]"
    )


def _ask_lines(ask: Mapping[str, Any]) -> Iterator[str]:
    due = f", due {ask['due_on']}" if ask["due_on"] else ""
    yield f"{ask['what']}{due}: {OUTCOMES.get(ask['outcome']) or label(ask['outcome'])} [{ask['key']}]"
    yield f"  {ask['sentence']}"
    for _, attempts in groupby(ask["attempts"], lambda attempt: {**attempt, "number": 0, "at": ""}):
        yield f"  {_attempts_line(list(attempts))}"


def _attempts_line(attempts: list[Mapping[str, Any]]) -> str:
    """Attempts with the same outcome in one line: what fails for weeks is tried hundreds of times."""
    first, last = attempts[0], attempts[-1]
    which = f"attempt {first['number']} at {london_time(first['at'])}"
    if first is not last:
        span = f"{london_time(first['at'])} to {london_time(last['at'])}"
        which = f"attempts {first['number']} to {last['number']}, {span}"
    error = f" ({first['error']})" if first["error"] else ""
    at = f" at {first['address']}" if first["address"] else ""
    agency = f", {first['agency']} by {first['channel']}{at}" if first["agency"] else ""
    outcome = ATTEMPT_OUTCOMES.get(first["outcome"]) or label(first["outcome"])
    return printable(f"{which}: {outcome}{error}{agency}")


def _value(value: object) -> str:
    if isinstance(value, list):
        return "/".join(map(str, value))
    if isinstance(value, dict):
        # A policy or a calendar.
        return str(value.get("name", "value"))
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


@commands.command()
def explain(context: typer.Context, ref: RefArgument, as_json: JsonOption = False) -> None:
    """Show what the victim may be told.

    In the words that they would be sent now, and in no others.
    """
    with connect() as api:
        words = api.get(f"/cases/{case_ref(ref)}/explain")
    parts = (words[name] for name in ("heading", "happened", "next", "could_change", "next_update"))
    text = "\n\n".join(part for part in parts if part)
    output(context, as_json).answer({"ref": case_ref(ref), **words}, *text.splitlines())


@commands.command()
def duplicates(context: typer.Context, ref: RefArgument, as_json: JsonOption = False) -> None:
    """List possible duplicates.

    Other cases of the same victim, the same offender or the same incident, and which of these is the same. Nothing
    about the people themselves is shown.
    """
    with connect() as api:
        found = api.get(f"/cases/{case_ref(ref)}/duplicates")
    lines = list(_duplicate_lines(found)) or ["No possible duplicates"]
    output(context, as_json).answer({"ref": case_ref(ref), **found}, *lines)


def _duplicate_lines(duplicates: Mapping[str, Any]) -> Iterator[str]:
    for case in duplicates["cases"]:
        same = " and ".join(f"same {part}" for part in case["same"])
        why = f" ({label(case['reason'])})" if case["reason"] else ""
        ended = f", closed on {case['ended_on']}" if case["ended_on"] else ""
        assigned = f", assigned to {case['assigned_to']}" if case["assigned_to"] else ""
        yield f"{case['ref']}  {same}: {case['area']}, {label(case['step'])}{why}{ended}{assigned}"
    if duplicates["more"]:
        yield f"and {duplicates['more']} more"
    if duplicates["elsewhere"]:
        yield f"{duplicates['elsewhere']} in areas that are not yours: ask a supervisor of all areas"


@commands.command()
def messages(context: typer.Context, ref: RefArgument, as_json: JsonOption = False) -> None:
    """Show the messages to the victim.

    Each with its words and date, how it was sent, and whether it arrived; the newest first.
    """
    with connect() as api:
        sent = api.get(f"/cases/{case_ref(ref)}/messages")["messages"]
    to = output(context, as_json)
    if not sent:
        to.echo("The victim has not been sent any message.")
    for message in sent:
        form = f", sent by {label(message['form'])}" if message["form"] else ""
        error = f" ({label(message['error'])})" if message["error"] else ""
        who = f", told by {message['resolved_by']}" if message["resolved_by"] else ""
        dated = f"dated {london_time(message['at'])} {LABEL}"
        head = f"{label(message['state'])}{form}{error}{who}, {dated} [{message['key']}]"
        to.answer(message, printable(head), *(f"  {printable(line)}" for line in message["wording"]), "")


@commands.command("allowed-events")
def allowed_events(context: typer.Context, ref: RefArgument, as_json: JsonOption = False) -> None:
    """List what can be recorded now.

    Each event with its fields and their choices; rj record records one.
    """
    with connect() as api:
        allowed = api.get(f"/cases/{case_ref(ref)}/allowed-events")["allowed_events"]
    to = output(context, as_json)
    if not allowed:
        to.echo("Nothing can be recorded in this case by you now.")
    for event in allowed:
        to.answer(event, *_event_lines(event))


def _event_lines(event: Mapping[str, Any]) -> Iterator[str]:
    behalf = f" (--on-behalf-of {', '.join(event['on_behalf_of'])})" if event["on_behalf_of"] else ""
    yield f"{event['event']}: {event['meaning']}{behalf}"
    for variant in event["variants"]:
        words = [f"--{event['lead']} {variant['value']}"] if event["lead"] else []
        for field in variant["fields"]:
            values = "|".join(field["choices"]) if 0 < len(field["choices"]) <= MAX_CHOICES else field["kind"].upper()
            option = f"--{field['name'].replace('_', '-')} {values}"
            words.append(option if field["required"] else f"[{option}]")
        if words:
            yield f"  {' '.join(words)}"
