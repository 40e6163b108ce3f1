"""Telephone numbers as people write them, with an extension or a remark."""

import re

_NUMBER = re.compile(r"\+?\(?[0-9](?:[0-9 ().\u00a0\u2010-\u2015\u2212-]*[0-9])?", re.ASCII)
_DASHES = re.compile("[\u2010-\u2015\u2212-]")
_AROUND = " ()[]/,;:.-\u2013\u2014"
_MIN_DIGITS, _MAX_DIGITS = 5, 15
"""Numbers of other countries have up to 15."""


def split_phone(text: str) -> tuple[str, str] | None:
    """Return the number, in groups of digits, and what else is written with it; None: there is no such number."""
    for found in _NUMBER.finditer(text):
        number = found[0].replace("(0)", " ") if found[0].startswith(("+", "(+", "00")) else found[0]
        groups = re.findall(r"[0-9]+", _DASHES.sub(" ", number))
        digits = sum(map(len, groups))
        if digits >= _MIN_DIGITS:
            if digits > _MAX_DIGITS:
                return None
            remarks = (text[: found.start()].strip(_AROUND), text[found.end() :].strip(_AROUND))
            return ("+" if "+" in found[0] else "") + " ".join(groups), " ".join(filter(None, remarks))
    return None
