"""What a victim needs, and when and where it is safe to reach them: what this leaves to a person, and until when."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from adapters.notifications.quiet_hours import LONDON
from domain.vocabulary import Contact
from ports.notifications import ADDRESS_OF

LARGE_PRINT = "large print"
_FOR_MEETINGS = re.compile(
    r"(?:(?:an?|the|needs?|uses?|with|access for) )*"
    r"(?:home visits?|step[- ]free|wheelchair|lift|ramp|ground floor|hearing loop|parking|child ?care|transport|taxi"
    r"|breaks?|quiet room)"
    r"(?: (?:access|user|venue|room|space))?",
    re.ASCII,
)
"""What somebody needs at a meeting, and not to read a message."""
_LANGUAGES = {"cy": {"welsh", "cymraeg", "gymraeg"}, "en": {"english", "saesneg"}}
_ABOUT_LANGUAGE = re.compile(
    r"a|all|any|be|every|everything|in|information|language|only|please|prefers|sent|the|to|wants|writing|written"
    r"|correspondence|communications?|emails?|letters?|messages?|texts?"
    r"|y|yr|yn|bob|pob|popeth|trwy|iaith|gwybodaeth"
    r"|g?ohebiaeth|e-?bost|llythyr(?:au)?|neges(?:euon)?"
)
"""Words of a need that asks for nothing but a language, in English and in Welsh."""
_HOUR = r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?"
_RANGE = re.compile(rf"(?:from |between )?{_HOUR}\s*(?:-|to|and|until|\u2013)\s*{_HOUR}", re.ASCII)
_ONE_END = re.compile(rf"(after|before|until|from)\s+{_HOUR}", re.ASCII)


def find_reason_for_a_person(form: Contact, details: Mapping[str, Any], languages: Collection[str]) -> str:
    """Why a person has to give the message, as a code; empty: it can be sent in this form.

    `languages` are those in which the area sends messages. In an email people choose the size of the letters. Any need
    that is not known to be about meetings may be about messages. One that only asks for the victim's language is met.
    """
    if ADDRESS_OF[form] in details.get("shared", ()):
        return "shared_address"
    language = details.get("language", "en")
    if language not in languages:
        return "language"
    needs = {str(need).strip().casefold() for need in details.get("needs", ())}
    needs = {need for need in needs if not (_FOR_MEETINGS.fullmatch(need) or _asks_only_for(language, need))}
    if needs - {LARGE_PRINT} or (needs and form is Contact.LETTER):
        return "needs"
    times = details.get("safe_times", "")
    return "safe_times" if form is Contact.TEXT and times and read_hours(times) is None else ""


def _asks_only_for(language: str, need: str) -> bool:
    """Whether `need` is only that messages are in `language`, such as `all letters in Welsh`."""
    words = set(re.findall(r"[^\s.,;]+", need))
    names = words & _LANGUAGES.get(language, set())
    return bool(names) and all(_ABOUT_LANGUAGE.fullmatch(word) for word in words - names)


def safe_from(form: Contact, details: Mapping[str, Any], moment: datetime) -> datetime | None:
    """When it is next safe to send a text message, by London time; None: now, as anything else always is."""
    hours = read_hours(details.get("safe_times", "")) if form is Contact.TEXT else None
    if hours is None:
        return None
    first, last = hours
    local = moment.astimezone(LONDON)
    if first <= local.time() < last:
        return None
    day = local.date() if local.time() < first else local.date() + timedelta(days=1)
    return datetime.combine(day, first, LONDON)


def read_hours(text: str) -> tuple[time, time] | None:
    """The hours in what somebody wrote, such as `after 6pm` or `9am to 12.30pm`; None: it is not only that."""
    written = text.strip().casefold()
    if match := _RANGE.fullmatch(written):
        # `9 to 5pm` would be read as 9 in the evening or in the morning: only a person knows.
        if bool(match[3]) != bool(match[6]):
            return None
        first, last = _read_time(*match.groups()[:3]), _read_time(*match.groups()[3:])
    elif match := _ONE_END.fullmatch(written):
        moment = _read_time(*match.groups()[1:])
        is_start = match[1] in ("after", "from")
        first, last = (moment, time(23, 59)) if is_start else (time(0), moment)
    else:
        return None
    return (first, last) if first and last and first < last else None


def _read_time(hour: str, minute: str | None, half: str | None) -> time | None:
    number = int(hour)
    if half is None:
        # `after 6` may be morning or evening.
        return time(number, int(minute)) if minute and number < 24 and int(minute) < 60 else None
    if not 1 <= number <= 12 or int(minute or 0) >= 60:
        return None
    return time(number % 12 + (12 if half == "pm" else 0), int(minute or 0))
