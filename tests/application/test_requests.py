"""What became of a request is waited for, and not for ever."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from application.requests import wait_for_outcome
from domain.vocabulary import CaseRef
from ports.inbox import AcceptedMessage, InboxMessage, MessageStatus

REF = CaseRef("RJ-7Q2K-9F3M")


@dataclass
class GivenInbox:
    """An inbox whose messages have these statuses, one after the other; the last one stays."""

    statuses: list[str]
    accepted: list[str] = field(default_factory=list)

    async def accept(self, message: InboxMessage) -> AcceptedMessage:
        self.accepted.append(message.message_id)
        return AcceptedMessage(len(self.accepted), message.ref, first=True)

    async def get_status(self, source: str, message_id: str) -> MessageStatus | None:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return MessageStatus(message_id, REF, "request_received", status, "", "", datetime.now(UTC))


@pytest.mark.parametrize("outcome", ["applied", "refused"])
async def test_a_request_is_waited_for_until_its_case_has_answered(outcome: str) -> None:
    inbox = GivenInbox(["received", "received", outcome])
    assert (await wait_for_outcome(inbox, "staff:c.okafor", "r-1", 10)).status == outcome


async def test_a_request_that_is_not_delivered_in_time_is_still_received() -> None:
    assert (await wait_for_outcome(GivenInbox(["received"]), "staff:c.okafor", "r-1", 0.01)).status == "received"
