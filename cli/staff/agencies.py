"""The directory of agencies: how each is asked, with which keys, whether it can be reached, and what is paused."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from cli.errors import EXIT_FINDINGS, fail
from cli.london import LABEL, london_time
from cli.output import JsonOption, Output, output, printable
from cli.staff.client import connect
from cli.staff.options import KeyOption, choice, path_part, require_choice

commands = typer.Typer()
agency = typer.Typer(no_args_is_help=True)
commands.add_typer(agency, name="agency", help="Manage the directory of agencies, and pause requests to them.")

MAX_OVERLAP = 366
KINDS = {
    "vlo": "victim liaison officer",
    "probation": "probation",
    "youth_offending_team": "youth offending team",
    "prison": "prison",
    "hmpps_rehub": "HMPPS ReHub",
    "court": "court",
    "charity": "charity",
    "restorative_service": "restorative justice service",
    "police": "police",
    "hospital": "secure hospital",
    "immigration": "immigration enforcement",
}
CHANNELS = {
    "http": "signed webhooks",
    "email": "email with a link to answer",
    "hmpps": "the national register",
    "manual": "a caseworker asks in person",
}
SIDES = {
    "theirs": "the key that the agency signs its webhooks with",
    "ours": "the key that we sign with",
}
COLUMNS = ("agency", "kind", "area", "name", "channel", "requests")

AgencyArgument = Annotated[str, typer.Argument(metavar="AGENCY", help="The agency's id, such as eastmoor-probation.")]
OptionalAgencyArgument = Annotated[str, typer.Argument(metavar="[AGENCY]", help="The agency's id.")]
AllOption = Annotated[bool, typer.Option("--all", help="The requests to all agencies.")]
Text = str | None
NAME = typer.Option("--name", help="Its name, as staff read it.")
AREA = typer.Option("--area", help="The police-force area that it serves; empty: a national agency.")
ADDRESS = typer.Option("--address", help="A URL for http and hmpps, an email address for email, empty for manual.")
QUESTIONS = typer.Option(
    "--questions",
    help="What it may be asked, separated by commas: trace, agency_check, approach, offender_answer, assessment. "
    "Empty: everything.",
)
CONTACT = typer.Option("--contact", help="Who staff ring or write to when something is wrong: an office, not a person.")
WORKS = typer.Option("--works", metavar="DAYS", help="Its working days, such as mon-fri or tue,wed.")


@agency.command()
def add(
    context: typer.Context,
    id: AgencyArgument,
    kind: Annotated[str, choice("--kind", "What it is", KINDS)],
    name: Annotated[str, NAME],
    area: Annotated[str, AREA] = "",
    channel: Annotated[str, choice("--channel", "How it receives requests", CHANNELS)] = "manual",
    address: Annotated[str, ADDRESS] = "",
    questions: Annotated[str, QUESTIONS] = "",
    contact: Annotated[str, CONTACT] = "",
    works: Annotated[str, WORKS] = "mon-fri",
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Add an agency.

    Its keys are printed once, to be handed over, and never again.
    """
    fields = _fields(kind=kind, name=name, area=area, channel=channel, address=address)
    fields |= _fields(questions=questions, contact=contact, works_on=works)
    with connect() as api:
        added = api.post("/agencies", {"id": id, **fields}, key=key)
    keys = (f"  {added['keys'][side]}  {meaning}" for side, meaning in SIDES.items())
    test = [] if channel == "manual" else [f"Then test it: rj agency ping {id}"]
    handed = "Hand them over in a way that nobody else can read."
    lines = (*agency_lines(added["agency"]), "", "Its keys, which are not shown again:", *keys, handed, *test)
    output(context, as_json).answer(added, *lines)


@agency.command()
def edit(
    context: typer.Context,
    id: AgencyArgument,
    kind: Annotated[Text, choice("--kind", "What it is", KINDS)] = None,
    name: Annotated[Text, NAME] = None,
    area: Annotated[Text, AREA] = None,
    channel: Annotated[Text, choice("--channel", "How it receives requests", CHANNELS)] = None,
    address: Annotated[Text, ADDRESS] = None,
    questions: Annotated[Text, QUESTIONS] = None,
    contact: Annotated[Text, CONTACT] = None,
    works: Annotated[Text, WORKS] = None,
    active: Annotated[bool, typer.Option("--active", help="Put it back after it was removed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Change what is named, and nothing else.

    Another channel needs its address with it. Requests that are not delivered yet go to the new address.
    """
    changes = _fields(kind=kind, name=name, area=area, channel=channel, address=address)
    changes |= _fields(questions=questions, contact=contact, works_on=works, active=active or None)
    if not changes:
        fail("nothing to change: name at least one option, such as --address")
    _change(context, id, changes, as_json)


@agency.command()
def remove(context: typer.Context, id: AgencyArgument, as_json: JsonOption = False) -> None:
    """Remove an agency from the directory.

    It is not asked any more, and its webhooks are refused. What was sent stays readable; edit --active puts it back.
    """
    _change(context, id, {"active": False}, as_json)


def _change(context: typer.Context, id: str, changes: Mapping[str, Any], as_json: bool) -> None:
    with connect() as api:
        changed = api.patch(f"/agencies/{path_part(id)}", changes)
    output(context, as_json).answer(changed, *agency_lines(changed))


@agency.command()
def show(context: typer.Context, id: AgencyArgument, as_json: JsonOption = False) -> None:
    """Show an agency.

    How it is asked, when it works, who to contact, how many keys are valid, and whether it is paused. No key is shown.
    """
    with connect() as api:
        found = api.get(f"/agencies/{path_part(id)}")
    output(context, as_json).answer(found, *agency_lines(found))


@agency.command("list")
def list_agencies(
    context: typer.Context,
    kind: Annotated[Text, choice("--kind", "Only agencies of this kind", KINDS)] = None,
    area: Annotated[Text, typer.Option("--area", help="Only agencies of this area; empty: national ones.")] = None,
    channel: Annotated[Text, choice("--channel", "Only agencies that are asked in this way", CHANNELS)] = None,
    paused: Annotated[bool | None, typer.Option("--paused/--not-paused", help="Whether they are paused.")] = None,
    inactive: Annotated[bool, typer.Option("--inactive", help="Those that were removed, instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List agencies.

    Grouped by area, the national ones first.
    """
    filters = _fields(kind=kind, area=area, channel=channel, paused=paused, active=not inactive)
    require_choice("--kind", filters.get("kind"), KINDS)
    require_choice("--channel", filters.get("channel"), CHANNELS)
    with connect() as api:
        agencies, _ = api.list_all("/agencies", "agencies", filters, 10_000)
        pauses = api.get("/asks/pauses")["pauses"]
    to = output(context, as_json)
    to.echo(*(printable(pause["why"]) for pause in pauses if not pause["agency"]))
    cells = [
        (
            *(found["id"], KINDS[found["kind"]], found["area"] or "national", found["name"], found["channel"]),
            "removed" if not found["active"] else "paused" if found["pauses"] else "sent",
        )
        for found in agencies
    ]
    to.rows(COLUMNS, zip(agencies, cells, strict=True), "No matching agencies")


@agency.command()
def pause(
    context: typer.Context,
    id: OptionalAgencyArgument = "",
    everything: AllOption = False,
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Pause the requests to an agency, or with --all to every agency.

    They wait and are sent when they are resumed. What agencies answer is accepted all the same.
    """
    _pause(id, everything, "pause", key, output(context, as_json))


@agency.command()
def resume(
    context: typer.Context,
    id: OptionalAgencyArgument = "",
    everything: AllOption = False,
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Resume the requests to an agency, or with --all those to every agency.

    An agency that was paused by itself stays paused.
    """
    _pause(id, everything, "resume", key, output(context, as_json))


def _pause(id: str, everything: bool, action: str, key: str, to: Output) -> None:
    if bool(id) == everything:
        fail("name one agency, or --all for the requests to every agency")
    with connect() as api:
        found = api.post(f"/agencies/{path_part(id)}/{action}" if id else f"/asks/{action}", key=key)
    whose = f"Requests to {id}" if id else "Requests to agencies"
    lines = [printable(pause["why"]) for pause in found["pauses"]]
    to.answer(found, *(lines or [f"{whose} are not paused."]))


@agency.command("rotate-key")
def rotate_key(
    context: typer.Context,
    id: AgencyArgument,
    theirs: Annotated[bool, typer.Option("--theirs", help="The key that the agency signs its webhooks with.")] = False,
    ours: Annotated[bool, typer.Option("--ours", help="The key that we sign with.")] = False,
    overlap: Annotated[
        float, typer.Option("--overlap", metavar="DAYS", help="How long the older keys stay valid; 0: not at all.")
    ] = 7,
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Replace the key of one side.

    The new key is printed once.
    """
    if theirs == ours:
        fail("say whose key: --theirs, which the agency signs with, or --ours, which we sign with")
    if not 0 <= overlap <= MAX_OVERLAP:
        fail(f"--overlap: from 0 to {MAX_OVERLAP} days")
    body = {"side": "theirs" if theirs else "ours", "overlap_days": overlap}
    with connect() as api:
        rotated = api.post(f"/agencies/{path_part(id)}/keys", body, key=key)
    until = rotated["older_until"]
    older = f"The older ones are valid until {london_time(until)} ({LABEL}): hand it over before." if until else ""
    lines = (f"{id}: {SIDES[rotated['side']]}, which is not shown again:", f"  {rotated['key']}")
    output(context, as_json).answer(rotated, *lines, older or "It is the only valid one from now on.")


@agency.command()
def ping(context: typer.Context, id: AgencyArgument, key: KeyOption = "", as_json: JsonOption = False) -> None:
    """Test whether an agency can be reached.

    By its own channel: a signed ping, an email, a harmless request. Nothing is asked. The exit code is 1 where it was
    not reached.
    """
    with connect() as api:
        result = api.post(f"/agencies/{path_part(id)}/ping", key=key)
    lines = [f"{id}: {result['sentence']}"]
    if result["channel"] != "manual":
        lines.append(f"Answer after {result['seconds']:.2f} s: {result['reply'] or result['code']}")
    if result["look_at"]:
        lines.append(f"Check {result['look_at']}.")
    output(context, as_json).answer(result, *map(printable, lines))
    if not result["reached"]:
        raise typer.Exit(EXIT_FINDINGS)


def agency_lines(agency: Mapping[str, Any]) -> Iterator[str]:
    """The agency in lines."""
    where = f" in {agency['area']}" if agency["area"] else ", national"
    yield printable(f"{agency['id']}: {agency['name']}, {KINDS[agency['kind']]}{where}")
    if not agency["active"]:
        yield f"Removed: it is not asked. rj agency edit {agency['id']} --active puts it back."
    address = f" at {agency['address']}" if agency["address"] else ""
    questions = ", ".join(agency["questions"]) or "any question"
    yield printable(f"Receives requests by {agency['channel']} ({CHANNELS[agency['channel']]}){address}: {questions}.")
    contact = f"Contact: {agency['contact']}." if agency["contact"] else "No contact."
    yield printable(f"Working days: {agency['works_on']}. {contact}")
    yield f"Keys that it signs with: {_keys(agency['theirs'])}."
    yield f"Keys that we sign with: {_keys(agency['ours'])}."
    yield from (printable(pause["why"]) for pause in agency["pauses"])


def _keys(keys: Sequence[Mapping[str, Any]]) -> str:
    """Such as `2, the newest of 2026-11-23 10:15, another until 2026-11-30 10:15 (London time)`."""
    if not keys:
        return "none"
    others = "".join(f", another until {london_time(key['until'])}" for key in keys if key["until"])
    return f"{len(keys)}, the newest of {london_time(keys[0]['added_at'])}{others} ({LABEL})"


def _fields(**fields: Any) -> dict[str, Any]:
    """The fields that are given, codes also where they are typed with hyphens."""
    named = {name: value for name, value in fields.items() if value is not None}
    for name in {"kind", "channel"} & named.keys():
        named[name] = named[name].strip().replace("-", "_")
    if "questions" in named:
        named["questions"] = [part.strip().replace("-", "_") for part in named["questions"].split(",") if part.strip()]
    return named
