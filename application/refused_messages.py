"""Messages of agencies that the process refused: staff read them, and say what they did about each."""

from dataclasses import dataclass

from application.context import CaseworkContext, require_access
from application.inbox import UnknownInboxMessage
from application.victim_messages import WrongState
from domain.people import Person, StaffRole
from domain.refusals import RecordRefused
from domain.refused_messages import Resolution
from domain.steps import SUPERVISOR
from domain.vocabulary import Refusal
from ports.inbox import ResolveRefusedMessage
from queries.refused_messages import RefusedMessage, RefusedMessageQueries


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A refused message with its free text; `text` is None where it has none, or no longer."""

    message: RefusedMessage
    text: str | None


async def read_refused_message(
    context: CaseworkContext, messages: RefusedMessageQueries, person: Person, id: int
) -> ReadMessage:
    """The refused message `id`, whose note is read by `person`, which the vault logs.

    Raises UnknownInboxMessage, and what `require_access` raises.
    """
    message = await messages.get(id)
    if message is None:
        raise UnknownInboxMessage
    await require_access(context, person, message.ref)
    text = await context.vault.get_note(message.note, by=person.account) if message.note else None
    return ReadMessage(message, text)


async def resolve_refused_message(
    context: CaseworkContext,
    messages: RefusedMessageQueries,
    resolve: ResolveRefusedMessage,
    person: Person,
    id: int,
    resolution: Resolution,
) -> RefusedMessage:
    """Store what `person` did about the refused message `id`, and return it.

    Raises UnknownInboxMessage, WrongState where somebody has resolved it, RecordRefused where only a supervisor may,
    and what `require_access` raises.
    """
    message = await messages.get(id)
    if message is None:
        raise UnknownInboxMessage
    await require_access(context, person, message.ref)
    if message.waiting_on == SUPERVISOR and not person.has_role(StaffRole.SUPERVISOR):
        raise RecordRefused(Refusal.SUPERVISOR_DECIDES, message.event)
    if not await resolve(id, resolution, person.account):
        raise WrongState("resolved")
    resolved = await messages.get(id)
    assert resolved is not None, "no refused message is deleted"
    return resolved
