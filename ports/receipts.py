"""Delivery receipts of the provider that sends notifications."""

from enum import StrEnum
from typing import Protocol


class DeliveryReceipt(StrEnum):
    """What happened to a notification, in GOV.UK Notify's terms; a letter can be returned weeks later."""

    DELIVERED = "delivered"
    PERMANENT_FAILURE = "permanent-failure"
    TEMPORARY_FAILURE = "temporary-failure"
    TECHNICAL_FAILURE = "technical-failure"
    RETURNED = "returned"


class ReceiptStore(Protocol):
    """Stores receipts with the notifications that they are about."""

    async def record(self, reference: str, provider_id: str, receipt: DeliveryReceipt) -> bool:
        """Record a receipt for `reference`; neither the order of receipts nor a repeat changes the result.

        Return whether a notification has this reference at present.
        """
