"""What an agency says of a case, as the webhooks' door reads it: faults become problems."""

from typing import Any

from api.problems import Code, Problem
from domain.events import Event
from workflows.agency_events import AgencyMessage, InvalidMessage, read_message


def read_agency_event(raw: dict[str, Any]) -> tuple[AgencyMessage, Event]:
    """The message in `raw`, and the event that it carries. Raises Problem."""
    try:
        return read_message(raw)
    except InvalidMessage as fault:
        raise Problem(Code(fault.fault), fault.detail) from None
