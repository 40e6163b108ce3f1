"""Messages that need a person: staff told a victim or an agency, have it sent again, or report that it came back."""

from application.context import CaseworkContext, require_access
from domain.people import Person
from domain.refusals import CaseworkError
from domain.vocabulary import CaseRef
from ports.agencies import MarkUpdateTold
from ports.notifications import MessageAction, TakeMessageAction


class UnknownMessage(CaseworkError):
    """There is no such message to a victim."""


class WrongState(CaseworkError):
    """The message is in a `state` in which this cannot be done, and nothing has changed."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


async def mark_update_told(context: CaseworkContext, mark_told: MarkUpdateTold, person: Person, key: str) -> None:
    """Record that `person` gave an agency, or who referred a case, the update or the cancellation with `key`.

    Raises UnknownMessage, and what `require_access` raises.
    """
    await require_access(context, person, CaseRef(key.partition(".")[0]))
    if not await mark_told(key, person.account):
        raise UnknownMessage


async def act_on_message(
    context: CaseworkContext, take_action: TakeMessageAction, person: Person, key: str, action: MessageAction, id: str
) -> str:
    """Take `action` once under `id`; the state of the message then.

    Raises UnknownMessage, WrongState, and what `require_access` raises.
    """
    message = await context.history.get_victim_message(key)
    if message is None:
        raise UnknownMessage
    await require_access(context, person, CaseRef(message.ref))
    is_done = await take_action(action, key, person.account, id)
    message = await context.history.get_victim_message(key)
    if message is None:
        raise UnknownMessage
    if not is_done:
        raise WrongState(message.state)
    return message.state
