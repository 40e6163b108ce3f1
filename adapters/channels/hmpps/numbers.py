"""Numbers of the prison system (NOMIS, `A1234BC`) and of the probation system (CRN, `X123456`)."""

import re
from collections.abc import Collection

_PRISON_NUMBER = re.compile(r"[A-Z]\d{4}[A-Z]{2}", re.ASCII)
_CRN = re.compile(r"[A-Z]\d{6}", re.ASCII)


def read_prison_number(text: str) -> str | None:
    """Return the prison number in `text` in capitals; None: there is none."""
    return _read(_PRISON_NUMBER, text)


def read_crn(text: str) -> str | None:
    """Return the number of the probation case in `text` in capitals; None: there is none."""
    return _read(_CRN, text)


def have_other_number(numbers: Collection[str], others: Collection[str]) -> bool:
    """Whether both have a number of one of the systems, and none of that system in common."""
    for pattern in (_PRISON_NUMBER, _CRN):
        ours, theirs = ({number for number in group if pattern.fullmatch(number)} for group in (numbers, others))
        if ours and theirs and not ours & theirs:
            return True
    return False


def _read(pattern: re.Pattern[str], text: str) -> str | None:
    number = re.sub(r"\s", "", text).upper()
    return number if pattern.fullmatch(number) else None
