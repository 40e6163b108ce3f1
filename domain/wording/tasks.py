"""What caseworkers do in person: ask an agency, or update a victim."""

from collections.abc import Mapping
from datetime import date

from domain.days import format_day
from domain.vocabulary import Contact, NewsKind, WaitKey, WaitKind
from domain.wording.staff import AGENCY_TASKS, PREFERENCES

FORMS: dict[str, str] = {Contact.EMAIL: "email", Contact.TEXT: "text message", Contact.LETTER: "letter"}
"""Names of messages within a sentence."""

_UNSENT = {
    "form_not_sent": "{Form}s are not sent automatically.",
    "death_not_by_text": "News of a death is not sent by text message.",
    "no_address": "There is no address or number for {a} {form}.",
    "shared_address": "Other people read what is sent there, so no {form} was sent.",
    "language": "They need another language than messages are sent in. Read the words to them with an interpreter.",
    "needs": "They need the words in another way than {a} {form} can give. See what they need (victim-details).",
    "safe_times": "It is not always safe to send a text message. See when it is (victim-details).",
    "permanent-failure": "The {form} could not be delivered: the address is wrong, or no longer theirs.",
    "returned": "The {form} was returned.",
    "temporary-failure": "The {form} was sent several times and could not be delivered.",
    "technical-failure": "The {form} was sent several times and could not be delivered.",
    "": "The {form} could not be sent.",
}
"""In `rj tasks`: why a message was not sent, so that somebody updates the victim in person."""
_BEFORE_RINGING = "Check first when it is safe to ring, and whether to leave a message (victim-details)."
_REFUSED = "The address for {a} {form} was refused ({error})."
"""In `rj tasks`, before somebody rings, and where an address was refused."""


def describe_ask_task(
    agency: str, question: WaitKind, wait: WaitKey, due_on: date, contact: str, *, is_reminder: bool, is_overdue: bool
) -> str:
    """Say what to ask an agency in person, by when, and how to reach it."""
    task = AGENCY_TASKS[question].format(about=wait.partition(":")[2])
    due = f"{'Was due' if is_overdue else 'Due'} on {format_day(due_on)}."
    reach = f"Contact: {contact}." if contact else "The directory has no contact details."
    return f"{'Remind' if is_reminder else 'Ask'} {agency} to {task}. {due} {reach}"


def describe_message_task(news_of: date, form: str, error: str, failing_since: date | None, contact: str) -> str:
    """Say why to update a victim in person: what failed in the `form` of the message, and what they prefer.

    `failing_since` is set while it is still tried.
    """
    update = f"Update the victim (news of {format_day(news_of)})."
    prefers = f" Prefers {PREFERENCES[Contact(contact)]}." if contact in ("phone", *FORMS) else ""
    if error == "by_telephone":
        return f"{update}{prefers} {_BEFORE_RINGING}"
    name = FORMS.get(form, form)
    a = "an" if name == "email" else "a"
    if failing_since is not None:
        return f"{update} Sending {a} {name} has failed since {format_day(failing_since)} ({error}); it is still tried."
    why = _UNSENT.get(error, _REFUSED).format(a=a, form=name, Form=name.capitalize(), error=error)
    says_other_form = contact != form or error == "form_not_sent"
    return f"{update}{prefers if says_other_form else ''} {why}"


_NEWS: dict[NewsKind, str] = {
    NewsKind.ENDED: "how the case has ended",
    NewsKind.NOT_YET: "that it is not the time for contact yet",
    NewsKind.CONTACT_STOPPED: "that the contact was stopped",
    NewsKind.CONTACT_DROPPED: "that the other contact will not take place",
    NewsKind.DEATH: "that the offender has died",
    NewsKind.DAY_CANCELLED: "what happens next",
    NewsKind.DAY_CALLED_OFF: "what happens next, after their own consent has changed",
    NewsKind.CORRECTED: "that what they were told was wrong",
}
"""In `rj tasks`, after *Tell the victim in person*."""


_DEATH_FIRST = (
    "Do not contact the victim: they are reported to have died. Confirm that first (death_confirmed, or "
    "death_not_confirmed). Only if they are alive: "
)
"""Before it, where the victim is reported to have died."""


def describe_news_task(
    kind: NewsKind, cancelled_day: date | None, due_on: date, contact: str, *, death_reported: bool = False
) -> str:
    """Say what bad news to give a victim in person, and by when; first of a meeting day that they still expect.

    Nobody rings a victim who is reported to have died before that is confirmed.
    """
    news = _NEWS[kind]
    if cancelled_day is not None:
        news = f"that the meeting on {format_day(cancelled_day)} is cancelled, and {news}"
    prefers = f" Prefers {PREFERENCES[Contact(contact)]}."
    first = f"{_DEATH_FIRST}tell" if death_reported else "Tell"
    return f"{first} the victim in person {news}. Due on {format_day(due_on)}.{prefers} {_BEFORE_RINGING}"


def describe_joint_task(day: date) -> str:
    """Say what to do about a meeting of several cases that has changed; it names nobody."""
    return (
        f"The meeting on {format_day(day)} is planned together with others, and not everybody can come on that day. "
        "Find out whether it can take place: otherwise postpone it (meeting_postponed)."
    )


def describe_act(act: str, words: str) -> str:
    """What a caseworker reads where a victim did something by their link and the case could not record it."""
    return f"{_ACTS[act]} The case could not record it. {words}".rstrip()


_ACTS = {
    "stop": "By their link, the victim asked to stop.",
    "not_safe": "By their link, the victim said that they do not feel safe: raise a concern.",
}
"""In `rj tasks`, where a victim's act could not be recorded in the case."""


def describe_contact_change(before: Mapping[str, str]) -> str:
    """What a caseworker reads when a victim's contact details were changed by the victim's link."""
    known = "; ".join(before[name] for name in ("phone", "email", "address") if before.get(name))
    return (
        "The contact details of the victim were changed by the victim's link. Somebody else may have it: check that it "
        f"was the victim, and ring the number that we had before. Before the change we had: {known or 'nothing'}."
    )
