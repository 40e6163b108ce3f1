"""`request`: one request for restorative justice, entered by staff."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.acting import case_ref
from cli.actors import As, account, actor
from cli.errors import fail
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output

if TYPE_CHECKING:
    import asyncpg

    from application.requests import AcceptedRequest, RequestStatus
    from domain.events import Actor, Continuation
    from domain.vocabulary import CaseRef

# ruff: noqa: PLC0415 - a command loads what it uses

_REQUEST, _VICTIM, _OFFENDER = "The request", "The victim (kept in the vault)", "The offender (kept in the vault)"


def _option(panel: str, name: str, text: str, *more: str) -> Any:
    return typer.Option(name, *more, help=text, rich_help_panel=panel, show_default=False)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(request)


def request(
    context: typer.Context,
    area: Annotated[str, _option(_REQUEST, "--area", "The police-force area that owns the case.")],
    victim_name: Annotated[str, _option(_VICTIM, "--victim-name", "Who asks, or is asked.")],
    offender_age_group: Annotated[
        str, _option(_REQUEST, "--offender-age-group", "under_18, adult_on_youth_order, adult or organisation.")
    ],
    initiated_by: Annotated[
        str, _option(_REQUEST, "--initiated-by", "victim (default), offender, court or service.")
    ] = "victim",
    takes_part_as: Annotated[
        str,
        _option(
            _REQUEST,
            "--takes-part-as",
            "direct_victim (default), bereaved_family, parent_or_guardian, organisation or proxy.",
        ),
    ] = "direct_victim",
    preferred_form: Annotated[
        str,
        _option(_REQUEST, "--preferred-form", "face_to_face (default), video, phone, letter, message or shuttle."),
    ] = "",
    incident: Annotated[
        str, _option(_REQUEST, "--incident", "The crime's number; cases of one may meet jointly.")
    ] = "",
    has_vlo: Annotated[bool, _option(_REQUEST, "--has-vlo", "The victim has a victim liaison officer.")] = False,
    in_touch_with_police: Annotated[
        bool, _option(_REQUEST, "--in-touch-with-police/--out-of-touch-with-police", "In touch, if not said.")
    ] = True,
    years_since_offence: Annotated[str, _option(_REQUEST, "--years-since-offence", "Whole years.")] = "",
    whereabouts_known: Annotated[
        bool, _option(_REQUEST, "--whereabouts-known", "It is known where the offender is.")
    ] = False,
    victim_under_18: Annotated[bool, _option(_REQUEST, "--victim-under-18", "A guardian has to consent.")] = False,
    flags: Annotated[
        str, _option(_REQUEST, "--flags", "sexual_harm, domestic_abuse, or both with a comma between.")
    ] = "",
    contact: Annotated[
        str, _option(_REQUEST, "--contact", "How the victim hears: email (default), text, letter, phone or none.")
    ] = "",
    continues: Annotated[
        str, _option(_REQUEST, "--continues", "The ended case that this takes up again, such as RJ-7Q2K-9F3M.")
    ] = "",
    offence: Annotated[str, _option(_REQUEST, "--offence", "The kind of offence, such as burglary.")] = "",
    victim_email: Annotated[str, _option(_VICTIM, "--victim-email", "E-mail address.")] = "",
    victim_phone: Annotated[str, _option(_VICTIM, "--victim-phone", "Telephone number.")] = "",
    victim_address: Annotated[str, _option(_VICTIM, "--victim-address", "Postal address, on one line.")] = "",
    victim_language: Annotated[str, _option(_VICTIM, "--victim-language", "Such as en (default) or cy.")] = "",
    victim_needs: Annotated[
        list[str] | None, _option(_VICTIM, "--victim-need", "What they need to take part; may be repeated.")
    ] = None,
    offender_name: Annotated[str, _option(_OFFENDER, "--offender-name", "As far as it is known.")] = "",
    offender_date_of_birth: Annotated[str, _option(_OFFENDER, "--offender-date-of-birth", "Such as 1990-12-31.")] = "",
    note: Annotated[str, typer.Option("--note", help="Free text: kept in the vault.")] = "",
    id: Annotated[
        str,
        typer.Option("--id", help="The request's own id: given again, it opens no second case.", show_default="new"),
    ] = "",
    wait: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait until the case is there.")] = 5,
    by: As = "",
    as_json: Json = False,
) -> None:
    """Take a request, and print its reference.

    It is stored first, and becomes a case as soon as the server delivers it.
    """
    from uuid import uuid4

    given = {
        "source_id": id or str(uuid4()),
        "request": {
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
        },
        "victim": {
            "name": victim_name,
            "email": victim_email,
            "phone": victim_phone,
            "address": victim_address,
            "language": victim_language,
            "needs": victim_needs or [],
        },
        "offender": {"name": offender_name, "date_of_birth": offender_date_of_birth},
        "offence": offence,
        "note": note,
    }
    if not offender_name and not offender_date_of_birth:
        del given["offender"]
    ended = case_ref(continues) if continues else None
    _require_fit(given)
    run(_take(actor(context, by), given, ended, wait, output(context, as_json)))


def _require_fit(given: dict[str, Any]) -> None:
    """Raise UsageError for a request that cannot be taken, with each fault by its option's name."""
    from adapters.requests.taking import read_request
    from application.requests import InvalidRequest

    try:
        read_request(given)
    except InvalidRequest as unfit:
        fail("; ".join(f"{_option_of(field)} {problem}" for field, problem in unfit.faults))


def _option_of(field: str) -> str:
    if field == "source_id":
        return "--id"
    name = field.removeprefix("request.").replace(".", "-").replace("_", "-")
    return f"--{name}"


async def _take(by: "Actor", given: dict[str, Any], ended: "CaseRef | None", seconds: float, to: Output) -> None:
    from adapters.postgres.inbox import PostgresInbox
    from adapters.requests.taking import InboxRequests
    from application.requests import wait_for_outcome

    source = account(by)
    async with database(settings()) as pool:
        requests = InboxRequests(PostgresInbox(pool))
        continues = await _continued(pool, ended) if ended is not None else None
        taken = await requests.take(given, source, by, continues)
        became = await wait_for_outcome(requests, source, given["source_id"], seconds)
    if became.status == "refused":
        fail(f"{taken.ref} was refused: {_sentence(became)} [{became.reason}]")
    to.answer(
        {"ref": taken.ref, "id": given["source_id"], "first": taken.first, "status": became.status},
        taken.ref,
        _told(taken, became),
    )


async def _continued(pool: "asyncpg.Pool", ended: "CaseRef") -> "Continuation":
    """What the new case has to know of the ended one. Raises UsageError where there is none, or where it is open."""
    from application.reopening import CaseNotEnded, load_continuation
    from cli.cases import why_absent
    from ports.cases import UnknownCase

    try:
        return await load_continuation(pool, ended)
    except UnknownCase:
        fail(await why_absent(pool, ended))
    except CaseNotEnded:
        fail(f"{ended} has not ended: only an ended case is taken up again")


def _told(taken: "AcceptedRequest", became: "RequestStatus") -> str:
    if became.status == "received":
        return (
            "stored; it becomes a case when the server delivers it, which takes a running server, worker and Temporal"
        )
    return "a case has begun" if taken.first else "this request was taken before: it is the same case"


def _sentence(became: "RequestStatus") -> str:
    from domain.refusals import RecordRefused, Refusal

    return str(RecordRefused(Refusal(became.reason), became.detail))
