"""How a request that was read becomes a case: stored in the inbox, with what is personal in the vault."""

import hashlib
import json
import random
from typing import Any

from adapters.postgres.inbox import PostgresInbox, RefTaken
from adapters.requests.rows import Row
from domain.events import Actor
from domain.json_values import to_json, to_json_without_defaults
from domain.references import new_ref
from domain.vocabulary import CaseRef, Role
from ports.inbox import AcceptedMessage, InboxMessage

TRIES_FOR_A_REFERENCE = 5


async def take_in(
    inbox: PostgresInbox,
    source: str,
    row: Row,
    chance: random.Random,
    *,
    ref: CaseRef | None = None,
    by: Actor | None = None,
) -> AcceptedMessage:
    """Store `row` as a new case, or give the case that it became before.

    `source` is `import:<name>` or `staff:<id>`; `ref` is the reference to use, a new one where it is None; `by` is who
    records it, the service itself where it is None.
    """
    for _ in range(TRIES_FOR_A_REFERENCE):
        try:
            return await _accept(inbox, source, row, ref or new_ref(chance), by or Actor(Role.SERVICE, source))
        except RefTaken:
            if ref is not None:
                raise
    raise RefTaken("no free reference was found")


async def _accept(inbox: PostgresInbox, source: str, row: Row, ref: CaseRef, by: Actor) -> AcceptedMessage:
    body = {
        "event": row.request.name,
        "data": to_json_without_defaults(row.request),
        "by": to_json_without_defaults(by),
    }
    victim = {**_details(row.victim), "offence": row.offence.value}
    offender = _details(row.offender) if row.offender is not None else None
    digest = hashlib.sha256(json.dumps([body, victim, offender, row.note], sort_keys=True).encode()).digest()
    return await inbox.accept_request(
        InboxMessage(source, row.source_id, ref, body, digest, row.note), victim, offender
    )


def _details(person: object) -> dict[str, Any]:
    details = to_json(person)
    assert isinstance(details, dict)
    return {name: value for name, value in details.items() if value not in ("", None, [])}
