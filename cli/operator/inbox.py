"""What came in and did not arrive: who looks at it, has it tried again, or decides that it never will be."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from cli.acting import case_ref
from cli.actors import As, account, actor
from cli.errors import fail
from cli.operator.connections import database, run, settings
from cli.output import Json, Output, output
from cli.reading import Limit
from domain.json_values import to_json_object

if TYPE_CHECKING:
    from adapters.inbox.decisions import UndeliveredReason
    from domain.refusals import Refusal
    from queries.inbox import InboxDecision, InboxEntry, InboxFilters

# ruff: noqa: PLC0415 - a command loads what it uses

Id = Annotated[int, typer.Argument(metavar="ID", help="The message's number, as rj inbox shows it.")]
Area = Annotated[str | None, typer.Option("--area", help="Only of this police-force area.")]
OfAgency = Annotated[str | None, typer.Option("--agency", metavar="ID", help="Only from this agency.")]
OfCase = Annotated[str | None, typer.Option("--ref", metavar="REF", help="Only for this case.")]
REASON = "What its sender reads: not_delivered, recorded_otherwise, case_closed or unknown_case."
Reason = Annotated[str, typer.Option("--reason", help=REASON)]


def register(app: typer.Typer) -> None:
    """Add these commands."""
    inbox = typer.Typer(name="inbox", invoke_without_command=True, rich_markup_mode=None)
    inbox.callback()(list_them)
    for command in (show, retry, resolve):
        inbox.command()(command)
    app.add_typer(inbox)


def list_them(
    context: typer.Context,
    area: Area = None,
    agency: OfAgency = None,
    ref: OfCase = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List messages that did not arrive.

    What is dead-lettered, what is tried again and again, what has been on its way for more than five minutes, and what came
    again as something else.
    """
    from queries.inbox import InboxFilters

    if context.invoked_subcommand is None:
        wanted = InboxFilters(area, agency, case_ref(ref) if ref else None)
        run(_list(wanted, limit, output(context, as_json)))


async def _list(filters: "InboxFilters", limit: int, to: Output) -> None:
    from queries.inbox import InboxQueries

    async with database(settings()) as pool:
        messages = await InboxQueries(pool).list_delivery_problems(filters, limit)
    to.rows(
        ("id", "state", "case", "event", "from", "received", "tries", "next try", "why"),
        [(_object(each), _cells(each)) for each in messages],
        "Everything has arrived.",
    )
    if len(messages) == limit:
        to.echo(f"Only the first {limit} are listed: --limit shows more.")


def _cells(each: "InboxEntry") -> tuple[str, ...]:
    return (
        str(each.id),
        each.state,
        each.ref,
        each.event,
        each.source,
        f"{each.received_at:%Y-%m-%d %H:%M}",
        str(each.attempts),
        f"{each.next_try_at:%H:%M:%S}" if each.next_try_at else "",
        each.dead_letter_reason or each.error or (f"behind {each.behind}" if each.behind else ""),
    )


def show(context: typer.Context, id: Id, as_json: Json = False) -> None:
    """Show one message.

    How it stands and why, and what was decided of it; not what it says.
    """
    run(_show(id, output(context, as_json)))


async def _show(id: int, to: Output) -> None:
    from queries.inbox import InboxQueries

    async with database(settings()) as pool:
        found = await InboxQueries(pool).get_entry(id)
    if found is None:
        _no_message(id)
    shown, decisions = found
    value = _object(shown) | {"decisions": [to_json_object(each) for each in decisions]}
    to.answer(value, *_lines(shown), *_decided(decisions))


def _lines(shown: "InboxEntry") -> Iterator[str]:
    yield f"Message {shown.id}: {shown.event} for {shown.ref}, from {shown.source} as {shown.message_id}"
    yield f"Received on {shown.received_at:%Y-%m-%d at %H:%M:%S} UTC; deliveries tried: {shown.attempts}"
    yield f"{shown.state}: {shown.why}"


def _decided(decisions: Sequence["InboxDecision"]) -> Iterator[str]:
    for each in decisions:
        reason = f" as {each.reason}" if each.reason else ""
        yield f"{each.at:%Y-%m-%d %H:%M} {each.decision}{reason} by {each.by}; it was: {each.previous_error or 'not tried'}"


def retry(context: typer.Context, id: Id, by: As = "", as_json: Json = False) -> None:
    """Have a message delivered again, now.

    One that is dead-lettered, or that waits for its next try. Mend first what kept it. Who asked for it is kept.
    """
    run(_retry(id, account(actor(context, by)), output(context, as_json)))


async def _retry(id: int, by: str, to: Output) -> None:
    from adapters.inbox.decisions import InboxDecisions, NotPossible

    async with database(settings()) as pool:
        try:
            await InboxDecisions(pool).retry(id, by)
        except NotPossible as impossible:
            _not_possible(id, impossible.standing)
    to.answer({"id": id, "decision": "retried", "by": by}, f"Message {id} is tried again: rj inbox show {id}")


def resolve(context: typer.Context, id: Id, reason: Reason, by: As = "", as_json: Json = False) -> None:
    """Decide that a dead-lettered message is not delivered.

    It ends as refused, with the reason and its sentence, which the sender can read. Who decided it is kept.
    """
    run(_settle(id, _reason(reason), account(actor(context, by)), output(context, as_json)))


def _reason(text: str) -> "Refusal":
    from adapters.inbox.decisions import REASONS
    from domain.refusals import Refusal

    if text not in set(REASONS):
        fail(f"--reason {text!r}: it is one of {', '.join(REASONS)}")
    return Refusal(text)


async def _settle(id: int, reason: "Refusal", by: str, to: Output) -> None:
    from adapters.inbox.decisions import InboxDecisions, NotPossible
    from domain.refusals import SENTENCES

    async with database(settings()) as pool:
        try:
            await InboxDecisions(pool).resolve(id, reason, by)
        except NotPossible as impossible:
            _not_possible(id, impossible.standing)
    told = f"Message {id} is refused. Its sender reads: {SENTENCES[reason]} [{reason}]"
    to.answer({"id": id, "decision": "resolved", "reason": reason, "by": by}, told)


def _no_message(id: int) -> NoReturn:
    fail(f"there is no message {id} in the inbox")


def _not_possible(id: int, standing: "UndeliveredReason") -> NoReturn:
    from adapters.inbox.decisions import UndeliveredReason

    match standing:
        case UndeliveredReason.UNKNOWN:
            _no_message(id)
        case UndeliveredReason.RESOLVED:
            fail(f"message {id} has ended: rj inbox show {id} says how")
        case UndeliveredReason.DELIVERED:
            fail(f"message {id} was given to its case, which will say what becomes of it")
        case UndeliveredReason.BEING_TRIED:
            fail(f"message {id} is being delivered at this moment: look again in a quarter of a minute")
        case UndeliveredReason.NOT_DEAD_LETTERED:
            fail(
                f"message {id} is still being tried, and may have reached its case: only what is dead-lettered is settled"
            )


def _object(shown: "InboxEntry") -> dict[str, Any]:
    return to_json_object(shown) | {"why": shown.why}
