"""References of cases."""

import random
import re

from domain.vocabulary import CaseRef

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without I, L, O, U, 0 and 1, which are easily misread or misheard."""

_SHAPE = re.compile(f"RJ-[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}")


def new_ref(chance: random.Random) -> CaseRef:
    """Return a reference such as `RJ-7Q2K-9F3M`, one of 30 to the 8th; the store ensures that none is used twice.

    In production `chance` is `random.SystemRandom()`, so that no reference can be guessed from another.
    """
    signs = chance.choices(ALPHABET, k=8)
    return CaseRef(f"RJ-{''.join(signs[:4])}-{''.join(signs[4:])}")


def is_ref(text: str) -> bool:
    """Whether `text` has the format of a reference, of an existing case or not."""
    return _SHAPE.fullmatch(text) is not None
