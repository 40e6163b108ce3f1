"""What staff record in a case: `move` for every event, and short forms of three of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from cli.actors import As, actor
from cli.errors import fail
from cli.operator.connections import database, run, settings, temporal
from cli.output import Json, Output, output
from domain.json_values import to_json_object

if TYPE_CHECKING:
    from application.record_event import EventInput
    from domain.events import Actor, Record
    from domain.vocabulary import CaseRef
    from ports.cases import Cases
    from settings import Settings
    from workflows.case_log import RecordResult

# ruff: noqa: PLC0415 - a command loads what it uses

Ref = Annotated[str, typer.Argument(metavar="REF", help="The case, such as RJ-7Q2K-9F3M.")]
Note = Annotated[str, typer.Option("--note", help="Free text: kept in the vault, never in the case's history.")]
Id = Annotated[
    str, typer.Option("--id", help="The record's id: sent again under the same one it counts once.", show_default="new")
]
Expect = Annotated[
    int | None, typer.Option("--expect", metavar="VERSION", min=1, help="Refuse unless the case is at this version.")
]
OnBehalfOf = Annotated[
    str | None, typer.Option("--on-behalf-of", metavar="AGENCY", help="The agency whose answer is recorded.")
]
Reason = Annotated[str, typer.Option("--reason", help="The reason's code.")]
Until = Annotated[str, typer.Option("--until", metavar="DAY", help="A day such as 2026-12-31.")]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(move)
    app.command()(hold)
    app.command()(resume)
    app.command()(withdraw)


def move(
    context: typer.Context,
    ref: Ref,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="What happened, such as request_screened.")],
    data: Annotated[str, typer.Option("--data", metavar="JSON", help="The event's fields as one JSON object.")] = "",
    note: Note = "",
    id: Id = "",
    expect: Expect = None,
    on_behalf_of: OnBehalfOf = None,
    by: As = "",
    as_json: Json = False,
) -> None:
    """Record an event in a case.

    The event's fields follow as --FIELD VALUE or FIELD=VALUE. Lists take commas between their values,
    days are written as 2026-12-31.
    """
    from cli.fields import known_event, read_fields

    kind = known_event(event)
    fields = read_fields(kind, context.args, data)
    who = actor(context, by, on_behalf_of)
    run(_send(case_ref(ref), who, _entered(kind.name, fields, who, id, expect, note), output(context, as_json)))


def hold(
    context: typer.Context,
    ref: Ref,
    reason: Reason,
    until: Until = "",
    note: Note = "",
    id: Id = "",
    by: As = "",
    as_json: Json = False,
) -> None:
    """Let a case rest.

    Asks and timers stop, for four weeks if no day is given. The case never resumes by itself.
    """
    _short("put_on_hold", context, ref, {"reason": reason, "until": until}, note, id, by, as_json)


def resume(context: typer.Context, ref: Ref, note: Note = "", id: Id = "", by: As = "", as_json: Json = False) -> None:
    """End a case's rest.

    Each wait goes on with the time it had left.
    """
    _short("resumed", context, ref, {}, note, id, by, as_json)


def withdraw(
    context: typer.Context,
    ref: Ref,
    whose: Annotated[str, typer.Option("--whose", help="Who no longer wants to go on: victim or offender.")],
    reason: Reason = "",
    note: Note = "",
    id: Id = "",
    by: As = "",
    as_json: Json = False,
) -> None:
    """Record that a side withdraws.

    Nobody has to say why.
    """
    _short("withdrawn", context, ref, {"whose": whose, "reason": reason}, note, id, by, as_json)


def _short(
    event: str,
    context: typer.Context,
    ref: str,
    fields: Mapping[str, str],
    note: str,
    id: str,
    by: str,
    as_json: bool,
) -> None:
    from cli.fields import known_event, read_fields

    given = [f"{name}={value}" for name, value in fields.items() if value]
    who = actor(context, by)
    entered = _entered(event, read_fields(known_event(event), given, ""), who, id, None, note)
    run(_send(case_ref(ref), who, entered, output(context, as_json)))


def case_ref(text: str) -> "CaseRef":
    """The reference in `text`, in capitals as it is kept. Raises UsageError."""
    from domain.references import is_ref
    from domain.vocabulary import CaseRef

    if not is_ref(text.upper()):
        fail(f"{text!r} is not a case's reference: they look like RJ-7Q2K-9F3M")
    return CaseRef(text.upper())


def _entered(event: str, fields: dict[str, Any], by: "Actor", id: str, expect: int | None, note: str) -> "EventInput":
    from uuid import uuid4

    from application.record_event import EventInput
    from workflows.record_codec import InvalidRecord, read_event

    try:
        read = read_event(event, fields)
    except InvalidRecord as unreadable:
        fail(f"{event}: {str(unreadable).removeprefix('data.')} [{unreadable.code}]")
    return EventInput(id or f"rj:{uuid4()}", read, expect, note, by.on_behalf_of)


async def _send(ref: "CaseRef", by: "Actor", entered: "EventInput", to: Output) -> None:
    """Record in the case, and say where it then stands. Raises UsageError, also for a refusal."""
    from adapters.temporal.cases import TemporalCases
    from application.record_event import to_record

    chosen = settings()
    note = await _kept(chosen, ref, by, entered) if entered.note else ""
    async with temporal(chosen) as client:
        cases = TemporalCases(client)
        answer = await _moved(chosen, cases, ref, to_record(by, entered, note))
    where = f"stage {answer.stage}, step {answer.step}"
    to.answer({"ref": ref, **to_json_object(answer)}, f"{ref}: {answer.event} is entry {answer.version}; {where}")


async def _kept(chosen: "Settings", ref: "CaseRef", by: "Actor", entered: "EventInput") -> str:
    """The vault's id of the note."""
    from adapters.postgres.vault import PostgresVault
    from application.record_event import save_note
    from cli.cases import found_case

    async with database(chosen) as pool:
        await found_case(pool, ref)
        return await save_note(PostgresVault(pool), ref, by, entered)


async def _moved(chosen: "Settings", cases: "Cases", ref: "CaseRef", record: "Record") -> "RecordResult":
    """What the case answers. Raises UsageError."""
    from domain.refusals import RecordRefused
    from ports.cases import CaseTimeout, TemporalUnavailable, WorkflowNotFound

    try:
        return await cases.record_event(ref, record)
    except RecordRefused as refused:
        fail(f"refused: {refused} [{refused.code}]")
    except WorkflowNotFound:
        await _fail_for_want_of(chosen, ref, record)
    except CaseTimeout:
        fail(_unanswered(ref, record))
    except TemporalUnavailable as away:
        fail(f"Temporal at {chosen.temporal_address} gave no answer: {away}. {_not_known(record)}")


def _unanswered(ref: str, record: "Record") -> str:
    from adapters.temporal.cases import SECONDS_TO_ANSWER

    return f"{ref} did not answer within {SECONDS_TO_ANSWER:.0f} s: is a worker running? {_not_known(record)}"


def _not_known(record: "Record") -> str:
    return f"Whether it was recorded is not known; with --id {record.id} it can be sent again and counts once"


async def _fail_for_want_of(chosen: "Settings", ref: "CaseRef", record: "Record") -> NoReturn:
    """Say why Temporal runs no such case, which the case file knows. Raises UsageError."""
    from cli.cases import why_not_running

    async with database(chosen) as pool:
        fail(await why_not_running(pool, ref, record.event))
