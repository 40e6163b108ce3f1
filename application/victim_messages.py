"""What staff do about notices to victims that need a person: it was told, is to be sent anew, or came back."""

from collections.abc import Awaitable
from typing import Protocol

from application.record_event import CaseworkContext, require_access
from domain.people import Person
from domain.refusals import CaseworkError
from domain.vocabulary import CaseRef


class UnknownMessage(CaseworkError):
    """There is no such notice to a victim."""


class WrongState(CaseworkError):
    """The notice is in a `state` in which this cannot be done, and nothing has changed."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


class NotificationActions(Protocol):
    """Where it is kept what became of notices. `by` is an account; what is done again as `idempotency_key` is done once."""

    async def resolve(self, key: str, by: str, idempotency_key: str) -> bool:
        """A person has told it. Whether it was an open task."""

    async def resend(self, key: str, by: str, idempotency_key: str) -> bool:
        """Send it anew, to where the victim is reached now. Whether it was given up before."""

    async def returned(self, key: str, by: str, idempotency_key: str) -> bool:
        """What was sent has come back: telling it is a task now. Whether it was sent, and no more is known of it."""

    async def state(self, key: str) -> str | None:
        """Where a victim's notice stands; None: there is none of this key."""

    async def ref(self, key: str) -> CaseRef | None:
        """The case of a victim's notice; None: there is none of this key."""


async def resolve(desk: CaseworkContext, told: NotificationActions, person: Person, key: str, id: str) -> str:
    """Record under `id` that `person` has told it; its state then. Raises CaseworkError."""
    await _require_theirs(desk, told, person, key)
    return await _state_after(told, key, told.resolve(key, person.account, id))


async def resend(desk: CaseworkContext, told: NotificationActions, person: Person, key: str, id: str) -> str:
    """Have it sent anew; see `resolve`."""
    await _require_theirs(desk, told, person, key)
    return await _state_after(told, key, told.resend(key, person.account, id))


async def mark_returned(desk: CaseworkContext, told: NotificationActions, person: Person, key: str, id: str) -> str:
    """Record that it came back; see `resolve`."""
    await _require_theirs(desk, told, person, key)
    return await _state_after(told, key, told.returned(key, person.account, id))


async def _require_theirs(desk: CaseworkContext, told: NotificationActions, person: Person, key: str) -> None:
    ref = await told.ref(key)
    if ref is None:
        raise UnknownMessage
    await require_access(desk.pool, person, ref)


async def _state_after(told: NotificationActions, key: str, doing: Awaitable[bool]) -> str:
    done = await doing
    state = await told.state(key)
    if state is None:
        raise UnknownMessage
    if not done:
        raise WrongState(state)
    return state
