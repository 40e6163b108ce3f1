"""What reports count besides cases: offers, and what people say of themselves."""

from typing import Annotated

import typer

from api.models.labels import CHARACTERISTICS, OFFENCES
from cli.errors import fail
from cli.output import JsonOption, output
from cli.staff.client import connect
from cli.staff.labels import label
from cli.staff.options import FromOption, KeyOption, choice, read_day, require_choice
from cli.staff.texts import prompt, read_object

commands = typer.Typer()

SIDES = {"victim": "somebody harmed", "offender": "somebody responsible"}

AreaOption = Annotated[str, typer.Option("--area", help="The police-force area.")]


@commands.command()
def offer(
    context: typer.Context,
    area: AreaOption,
    offence: Annotated[str, choice("--offence", "The crime", OFFENCES)],
    made_by: Annotated[
        str, typer.Option("--by", metavar="AGENCY", help="Who made it, such as police or vlo.")
    ] = "restorative_service",
    day: Annotated[str, typer.Option("--day", metavar="DAY", help="The day of the offer.", show_default="today")] = "",
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Record that restorative justice was offered.

    Whether or not the person asks for it: rj report return counts offers. Nobody is named.
    """
    require_choice("--offence", offence, OFFENCES)
    body = {"made_on": read_day("--day", day), "area": area, "offence": offence, "made_by": made_by}
    with connect() as api:
        stored = api.post("/offers", body, key=key)
    agency, words = label(stored["made_by"]), OFFENCES[stored["offence"]]
    line = f"Offer recorded: {stored['made_on']}, {stored['area']}, {words}, by {agency}"
    output(context, as_json).answer(stored, line)


@commands.command()
def characteristics(
    context: typer.Context,
    area: AreaOption,
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
