"""What reports count besides cases: offers, and what people say of themselves."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.models.labels import CHARACTERISTICS, OFFENCES
from cli.errors import fail
from cli.output import JsonOption, output, printable
from cli.staff.client import connect
from cli.staff.labels import label
from cli.staff.options import AreaOption as AreaFilterOption
from cli.staff.options import FromOption, KeyOption, LimitOption, choice, read_day, require_choice
from cli.staff.texts import prompt, read_object

commands = typer.Typer()

SIDES = {"victim": "somebody harmed", "offender": "somebody responsible"}

MonitoredAreaOption = Annotated[str, typer.Option("--area", help="The police-force area.")]


@commands.command()
def offer(
    context: typer.Context,
    area: MonitoredAreaOption,
    offence: Annotated[str, choice("--offence", "The crime", OFFENCES)],
    made_by: Annotated[
        str, typer.Option("--by", metavar="AGENCY", help="Who made it, such as police or vlo.")
    ] = "restorative_service",
    day: Annotated[str, typer.Option("--day", metavar="DAY", help="The day of the offer.", show_default="today")] = "",
    corrects: Annotated[
        str, typer.Option("--corrects", metavar="ID", help="An offer that was recorded wrongly, as rj offers shows it.")
    ] = "",
    not_made: Annotated[bool, typer.Option("--not-made", help="With --corrects: there was no such offer.")] = False,
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Record that restorative justice was offered.

    Whether or not the person asks for it: rj report return counts offers. Nobody is named. With --corrects the offer of
    that ID is kept, and no longer counts.
    """
    require_choice("--offence", offence, OFFENCES)
    body = {"made_on": read_day("--day", day), "area": area, "offence": offence, "made_by": made_by}
    with connect() as api:
        stored = api.post("/offers", {**body, "corrects": corrects or None, "was_made": not not_made}, key=key)
    said = "Offer recorded" if stored["was_made"] else "Recorded that this was not offered"
    output(context, as_json).answer(stored, f"{said}: {_describe(stored)}")


def _describe(stored: Mapping[str, Any]) -> str:
    return f"{stored['made_on']}, {stored['area']}, {OFFENCES[stored['offence']]}, by {label(stored['made_by'])}"


@commands.command()
def offers(
    context: typer.Context, area: AreaFilterOption = None, limit: LimitOption = 50, as_json: JsonOption = False
) -> None:
    """List the offers that were recorded last, with the ID by which each can be corrected."""
    with connect() as api:
        found = api.get("/offers", {"area": area, "limit": min(limit, 200)})
    to = output(context, as_json)
    if not found["offers"]:
        to.echo("No offers are recorded.")
    for stored in found["offers"]:
        notes = {"corrected": stored["is_corrected"], "not offered": not stored["was_made"]}
        note = "".join(f" ({words})" for words, applies in notes.items() if applies)
        to.answer(stored, printable(f"{stored['id']}  {_describe(stored)}{note}"))
    to.limit_note(found["more"], limit)


@commands.command()
def characteristics(
    context: typer.Context,
    area: MonitoredAreaOption,
    side: Annotated[str, choice("--side", "Who says it", SIDES)],
    source: FromOption = "",
    as_json: JsonOption = False,
) -> None:
    """Count what somebody says of themselves.

    You are asked for each answer; Enter leaves it out, and nobody has to give one. Only counts of the area and the
    quarter are stored, without the case, so that nothing can be found out of anybody, and nothing corrected. A file for
    --from has the answers, such as {"age": "25_to_34"}.
    """
    require_choice("--side", side, SIDES)
    answers = {}
    if source:
        answers = read_object(source)
    else:
        for name, values in CHARACTERISTICS.items():
            if answer := prompt(f"{label(name).capitalize()} ({', '.join(values)})", required=False):
                require_choice(label(name).capitalize(), answer, values)
                answers[name] = answer
    if not answers:
        fail("no answer was given, so there is nothing to count")
    with connect() as api:
        counted = api.post("/characteristics", {"area": area, "side": side, "answers": answers})
    output(context, as_json).answer(counted, f"Counted: {counted['counted']}. Nothing else was stored.")
