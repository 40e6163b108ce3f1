"""Messages that were received and not delivered: staff have them retried, or reject them."""

from application.context import AreaForbidden
from domain.people import Person
from domain.refusals import CaseworkError
from ports.inbox import InboxDecisions, RejectionReason
from queries.inbox import InboxDecision, InboxEntry, InboxQueries


class UnknownInboxMessage(CaseworkError):
    """There is no such message."""


async def get_message(inbox: InboxQueries, person: Person, id: int) -> tuple[InboxEntry, tuple[InboxDecision, ...]]:
    """The message `id`, and what was decided about it. Raises UnknownInboxMessage and AreaForbidden."""
    found = await inbox.get_entry(id)
    if found is None:
        raise UnknownInboxMessage
    if not person.may_see(found[0].area):
        raise AreaForbidden
    return found


async def retry_message(inbox: InboxQueries, decisions: InboxDecisions, person: Person, id: int) -> None:
    """Have the message `id` delivered again. Raises as `get_message` does, and DecisionNotPossible."""
    await get_message(inbox, person, id)
    await decisions.retry(id, person.account)


async def reject_message(
    inbox: InboxQueries, decisions: InboxDecisions, person: Person, id: int, reason: RejectionReason
) -> None:
    """End the dead-lettered message `id` as refused. Raises as `retry_message` does."""
    await get_message(inbox, person, id)
    await decisions.resolve(id, reason, person.account)
