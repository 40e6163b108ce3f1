"""What staff record in a case: `move` for every event, and short forms of three of them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from cli.actors import As, account, actor
from cli.connections import database, run, settings, temporal
from cli.errors import fail
from cli.output import Json, Output, output

if TYPE_CHECKING:
    from config import Settings
    from domain.events import Actor, Record
    from domain.vocabulary import CaseRef

# ruff: noqa: PLC0415 - a command loads what it uses

SECONDS_TO_ANSWER = 15

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
    record = _record(kind.name, fields, actor(context, by, on_behalf_of), id, expect)
    run(_send(case_ref(ref), record, note, output(context, as_json)))


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
    record = _record(event, read_fields(known_event(event), given, ""), actor(context, by), id, None)
    run(_send(case_ref(ref), record, note, output(context, as_json)))


def case_ref(text: str) -> "CaseRef":
    """The reference in `text`, in capitals as it is kept. Raises Mistake."""
    from domain.references import is_ref
    from domain.vocabulary import CaseRef

    if not is_ref(text.upper()):
        fail(f"{text!r} is not a case's reference: they look like RJ-7Q2K-9F3M")
    return CaseRef(text.upper())


def _record(event: str, fields: dict[str, Any], by: "Actor", id: str, expect: int | None) -> "Record":
    from uuid import uuid4

    from domain.events import Record
    from workflows.messages import Unreadable, read_event

    try:
        read = read_event(event, fields)
    except Unreadable as unreadable:
        fail(f"{event}: {str(unreadable).removeprefix('data.')} [{unreadable.code}]")
    return Record(id or f"rj:{uuid4()}", read, by, expect)


async def _send(ref: "CaseRef", record: "Record", note: str, to: Output) -> None:
    """Record in the case, and say where it then stands. Raises Mistake, also for a refusal."""
    from cli.cases import told

    chosen = settings()
    answer = await _moved(chosen, ref, record, await _kept(chosen, ref, note, record.by))
    if answer["refused"]:
        fail(f"refused: {told(answer['refused'], answer['detail'])}")
    where = f"stage {answer['stage']}, step {answer['step']}"
    to.answer({"ref": ref, **answer}, f"{ref}: {answer['event']} is entry {answer['seq']}; {where}")


async def _kept(chosen: "Settings", ref: "CaseRef", note: str, by: "Actor") -> str:
    """The vault's id of a note; none for none."""
    if not note:
        return ""
    from adapters.postgres.vault import PostgresVault
    from cli.cases import found_case

    async with database(chosen) as pool:
        await found_case(pool, ref)
        return await PostgresVault(pool).put_note(ref, note, by=account(by))


async def _moved(chosen: "Settings", ref: "CaseRef", record: "Record", note: str) -> dict[str, Any]:
    """What the case answers. Raises Mistake."""
    from dataclasses import replace

    from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
    from temporalio.service import RPCError, RPCStatusCode

    from workflows.messages import write_record
    from workflows.names import MOVE

    async with temporal(chosen) as client:
        case = client.get_workflow_handle(ref)
        try:
            answer: dict[str, Any] = await case.execute_update(
                MOVE,
                write_record(replace(record, note=note)),
                id=record.id,
                rpc_timeout=timedelta(seconds=SECONDS_TO_ANSWER),
            )
        except WorkflowUpdateFailedError as failure:
            fail(_refused(failure))
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            fail(_unanswered(ref, record))
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                await _fail_for_want_of(chosen, ref)
            if error.status in (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED):
                fail(_unanswered(ref, record))
            raise
    return answer


def _refused(failure: Any) -> str:
    """The sentence and the code of a refusal, which the error's message and type are."""
    cause = failure.cause
    return f"refused: {getattr(cause, 'message', cause)} [{getattr(cause, 'type', None) or 'failed'}]"


def _unanswered(ref: str, record: "Record") -> str:
    return (
        f"{ref} did not answer within {SECONDS_TO_ANSWER} s: is a worker running? "
        f"Whether it was recorded is not known; with --id {record.id} it can be sent again and counts once"
    )


async def _fail_for_want_of(chosen: "Settings", ref: "CaseRef") -> NoReturn:
    """Say why Temporal runs no such case, which the case file knows. Raises Mistake."""
    from cli.cases import why_not_running

    async with database(chosen) as pool:
        fail(await why_not_running(pool, ref))
