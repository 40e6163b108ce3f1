"""Numbers of the Police National Computer (PNC): the year of the record, a serial number and a check letter.

They are written with two or four digits of the year, with or without leading zeros, and with or without the slash:
`2008/0545166T`, `08/545166T`, `20080545166T`.
"""

import re

_WRITTEN = re.compile(
    r"(?P<century>\d\d)?(?P<year>\d\d)(?:\s?/\s?(?P<short>\d{1,7})|(?P<serial>\d{7}))\s?(?P<letter>[A-Z])", re.ASCII
)
"""Without the slash the serial has all its digits: otherwise it would not be clear where the year ends."""
_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
"""The check letter for each remainder of the two-digit year and the seven-digit serial, by 23."""


def read_pnc(text: str) -> str | None:
    """Return the number in `text` with a serial of seven digits; None: there is none, or its letter does not fit."""
    written = _WRITTEN.fullmatch(text.strip().upper())
    if written is None:
        return None
    serial = int(written["short"] or written["serial"])
    if check_letter(int(written["year"]), serial) != written["letter"]:
        return None
    return f"{written['century'] or ''}{written['year']}/{serial:07}{written['letter']}"


def check_letter(year: int, serial: int) -> str:
    """Return the letter that ends the number of `serial` in `year`, of which the last two digits count."""
    return _LETTERS[(year % 100 * 10_000_000 + serial) % len(_LETTERS)]


def is_placeholder_pnc(text: str) -> bool:
    """Whether `text` has a serial of zeros only, with any letter or none: systems write it where there is no number."""
    return re.fullmatch(r"(\d{2}|\d{4})?\s?/?\s?0+\s?[A-Z]?", text.strip().upper(), re.ASCII) is not None


def pnc_key(text: str) -> str | None:
    """Return the part that all ways of writing one number share, without the century; None: it is no number."""
    number = None if is_placeholder_pnc(text) else read_pnc(text)
    return number and number[-len("08/0545166T") :]


def is_same_pnc(one: str, other: str) -> bool:
    """Whether two texts are the same number."""
    return pnc_key(one) is not None and pnc_key(one) == pnc_key(other)
