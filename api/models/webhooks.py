"""What agencies and GOV.UK Notify are answered, and what they send."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.models.base import REF_EXAMPLE
from ports.receipts import DeliveryReceipt

_ReceiptText = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class MessageReceivedResponse(BaseModel):
    """The message is stored and will not be lost; `status_url` says what becomes of it."""

    id: str = Field(description="The webhook-id of the message.", examples=["7f3c1f0a"])
    status_url: str = Field(
        examples=["https://casework.example/webhooks/agencies/eastmoor-probation/messages/7f3c1f0a"]
    )


class MessageStatusResponse(BaseModel):
    """What became of a message."""

    message_id: str = Field(examples=["7f3c1f0a"])
    case: str = Field(examples=[REF_EXAMPLE])
    event: str = Field(examples=["trace_answered"])
    status: Literal["received", "applied", "refused"] = Field(
        description="received: stored, the case has not processed it yet; applied: it is in the case file; "
        "refused: it changed nothing, for `reason`."
    )
    reason: str | None = Field(description="The code of a refusal.", examples=["not_asked"])
    sentence: str | None = Field(description="The same in words.", examples=["This agency was not asked in this case."])
    received_at: datetime


class NotifyText(BaseModel):
    """A text message to the service's number at Notify. Its other fields are neither read nor stored."""

    model_config = ConfigDict(extra="ignore")

    id: str = Field(pattern=r"^[0-9a-f-]{1,64}$", examples=["740e5834-3a29-46b4-9a6f-16142fde533a"])
    source_number: _ReceiptText = Field(examples=["447700900123"], repr=False)
    message: str = Field(max_length=10_000, pattern=r"^[^\x00]*$", examples=["Please ring me on Monday."], repr=False)


class NotifyReceipt(BaseModel):
    """What Notify posts: a delivery receipt (`id`, `status`), or a returned letter (`notification_id`).

    Its other fields are neither read nor stored: one of them is the victim's address.
    """

    model_config = ConfigDict(extra="ignore")

    id: _ReceiptText = Field(default="", examples=["740e5834-3a29-46b4-9a6f-16142fde533a"])
    notification_id: _ReceiptText = Field(default="", examples=[""])
    reference: _ReceiptText | None = Field(default=None, examples=["RJ-7Q2K-9F3M.2.milestone"])
    status: _ReceiptText = Field(default="", examples=["delivered"])

    @model_validator(mode="after")
    def _require_id(self) -> "NotifyReceipt":
        if not self.id and not self.notification_id:
            raise ValueError("id, or notification_id of a returned letter, is expected")
        return self

    @property
    def receipt(self) -> DeliveryReceipt | None:
        """The receipt; None: a status that is ignored, such as that a letter was printed."""
        if not self.id:
            return DeliveryReceipt.RETURNED
        known = set(DeliveryReceipt) - {DeliveryReceipt.RETURNED}
        return DeliveryReceipt(self.status) if self.status in known else None
