"""An agency that works by email, what it is asked, and the link in a mail."""

import re
from datetime import date

from domain.effects import Ask, CancelAsk
from domain.vocabulary import AgencyRef, CaseRef, WaitKind, wait_key
from ports.agencies import Agency, ChannelName
from tests.mailbox import Mailbox

REF = CaseRef("RJ-7Q2K-9F3M")
VLO = Agency("eastmoor-vlo", "vlo", "eastmoor", "Eastmoor Victim Liaison", ChannelName.EMAIL, "vlo@eastmoor.example")
LINK = re.compile(r"https://casework\.example/answer/([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])")

DETAILS = {WaitKind.ASSESSMENT: "offender"}
"""What follows the kind in a wait's key, where it is not the agency."""


def ask(question: WaitKind = WaitKind.TRACE, *, asked: int = 3, reminder: int = 0, side: str = "") -> Ask:
    """An ask of the agency above, such as a case makes it."""
    wait = wait_key(question, side or DETAILS.get(question, VLO.kind))
    key = f"{REF}.{asked}.{wait}" + (f".reminder-{reminder}" if reminder else "")
    return Ask(key, REF, "eastmoor", AgencyRef(VLO.kind), question, date(2027, 3, 1), reminder)


def cancellation(of: Ask) -> CancelAsk:
    """The cancellation of an ask."""
    return CancelAsk(f"{of.key}.cancel", REF, "eastmoor", of.agency, of.key)


def token_in(box: Mailbox, number: int = -1) -> str:
    """The token of the link in a mail: the same in its text and in its HTML."""
    tokens = set(LINK.findall(box.text(number))) | set(LINK.findall(box.html(number)))
    (token,) = tokens
    return str(token)
