"""What a provider says of a notice that it took."""

from enum import StrEnum
from typing import Protocol


class DeliveryReceipt(StrEnum):
    """What became of a sending, in the words of GOV.UK Notify; a letter can be returned weeks later."""

    DELIVERED = "delivered"
    PERMANENT_FAILURE = "permanent-failure"
    TEMPORARY_FAILURE = "temporary-failure"
    TECHNICAL_FAILURE = "technical-failure"
    RETURNED = "returned"


class ReceiptStore(Protocol):
    """Puts receipts to the notices that they are about."""

    async def record(self, reference: str, provider_id: str, receipt: DeliveryReceipt) -> bool:
        """Note what became of the sending `reference`, in any order of receipts; a second time changes nothing.

        Whether it is the present sending of a notice.
        """
