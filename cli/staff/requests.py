"""Entering one request for restorative justice."""

from typing import Annotated, Any

import typer

from api.models.labels import AGE_GROUPS, CONTACTS, DISPOSALS, FLAGS, FORMS, INITIATORS, OFFENCES, PARTS
from cli.errors import fail
from cli.output import JsonOption, output
from cli.staff.client import connect
from cli.staff.options import FromOption, KeyOption, NoteFromOption, NoteOption, case_ref, choice
from cli.staff.people import OFFENDER, VICTIM, ask_for_details
from cli.staff.texts import read_note, read_object

commands = typer.Typer()

PERSONAL = ("victim", "offender", "referrer", "note")


def _flag(name: str, text: str) -> Any:
    return typer.Option(name, help=text, show_default=False)


@commands.command()
def request(
    context: typer.Context,
    area: Annotated[str, typer.Option("--area", help="The police-force area of the case.")],
    offender_age_group: Annotated[str, choice("--offender-age-group", "How old the offender is", AGE_GROUPS)],
    initiated_by: Annotated[str, choice("--initiated-by", "Who asks first", INITIATORS)] = "victim",
    takes_part_as: Annotated[str, choice("--takes-part-as", "Who takes part for the victim", PARTS)] = "direct_victim",
    preferred_form: Annotated[
        str, choice("--preferred-form", "The type of contact that the victim prefers", FORMS)
    ] = "face_to_face",
    incident: Annotated[str, _flag("--incident", "The crime number: cases of one incident can meet jointly.")] = "",
    has_vlo: Annotated[bool, _flag("--has-vlo", "The victim has a victim liaison officer.")] = False,
    in_touch_with_police: Annotated[
        bool, typer.Option("--in-touch-with-police/--out-of-touch-with-police", help="Whether the victim is.")
    ] = True,
    years_since_offence: Annotated[int | None, _flag("--years-since-offence", "Whole years.")] = None,
    whereabouts_known: Annotated[bool, _flag("--whereabouts-known", "It is known where the offender is.")] = False,
    victim_under_18: Annotated[bool, _flag("--victim-under-18", "A guardian must consent.")] = False,
    flags: Annotated[str, choice("--flags", "What needs particular care, separated by commas", FLAGS)] = "",
    contact: Annotated[str, choice("--contact", "How the victim prefers to be contacted", CONTACTS)] = "email",
    disposal: Annotated[str, choice("--disposal", "How the crime is dealt with", DISPOSALS)] = "convicted",
    referred_by: Annotated[
        str, _flag("--referred-by", "The agency that passed it on, such as probation or charity:<id>.")
    ] = "",
    referred_on: Annotated[str, _flag("--referred-on", "The day on which it was passed on, such as 2026-10-02.")] = "",
    continues: Annotated[str, _flag("--continues", "The closed case that this continues, such as RJ-7Q2K-9F3M.")] = "",
    offence: Annotated[str, choice("--offence", "The kind of offence", OFFENCES, show_default=False)] = "",
    source: FromOption = "",
    note: NoteOption = False,
    note_from: NoteFromOption = "",
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Record a new request.

    You are asked who the victim and the offender are, how and when it is safe to reach the victim, who supports them,
    and for the offender's numbers. A file for --from has them as {"victim": {"name": …, "email": …}, "offender":
    {"name": …, "date_of_birth": …}, "referrer": {"name": …}, "note": …}; the guide to importing requests describes the
    fields.
    """
    facts = {
        "area": area,
        "initiated_by": initiated_by,
        "takes_part_as": takes_part_as,
        "offender_age_group": offender_age_group,
        "preferred_form": preferred_form,
        "incident": incident,
        "has_vlo": has_vlo,
        "in_touch_with_police": in_touch_with_police,
        "years_since_offence": years_since_offence,
        "whereabouts_known": whereabouts_known,
        "victim_under_18": victim_under_18,
        "flags": [flag.strip() for flag in flags.split(",") if flag.strip()],
        "contact": contact,
        "disposal": disposal,
        "referred_by": referred_by,
        "referred_on": referred_on,
    }
    personal = read_object(source) if source else _ask_for_people(contact, takes_part_as)
    if unknown := [name for name in personal if name not in PERSONAL]:
        fail(f"--from {source}: {unknown[0]!r} is none of {', '.join(PERSONAL)}")
    body = {"request": {name: value for name, value in facts.items() if value not in ("", None)}, "offence": offence}
    if text := read_note(note, note_from):
        personal["note"] = text
    if continues:
        body["continues"] = case_ref(continues)
    with connect() as api:
        case = api.post("/cases", {**body, **personal}, key=key)
    stored = case.get("status") == "received"
    output(context, as_json).answer(
        {"ref": case["ref"], "status": "received" if stored else "applied"},
        case["ref"],
        "Stored; the case is opened as soon as the server delivers it." if stored else "Case opened.",
    )


def _ask_for_people(contact: str, takes_part_as: str) -> dict[str, Any]:
    """The victim and the offender as the user types them: nothing of it is in the shell's history."""
    needed = {"email": "email", "text": "phone", "phone": "phone", "letter": "address"}.get(contact, "name")
    speaks_for_child = takes_part_as == "parent_or_guardian"
    victim = [question for question in VICTIM if speaks_for_child or not question.field.startswith("child_")]
    people: dict[str, Any] = {"victim": ask_for_details(victim, {"name", needed})}
    if offender := ask_for_details(OFFENDER):
        people["offender"] = offender
    return people
