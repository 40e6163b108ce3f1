"""References as staff type them: the beginning of one or of its second half, with or without `RJ` and dashes."""

REF_HALF_LENGTH = 4


def prefix_ranges(text: str) -> tuple[tuple[str, str, str], ...]:
    """Which references `text` can mean: an expression over `ref`, and between which texts it lies, the last one out.

    `7q2k`, `RJ-7Q2K` and `rj7q2k9` begin a reference; `9F3M` may begin its second half as well. Empty: none at all.
    """
    typed = "".join(sign for sign in text.upper() if sign.isalnum())
    meant = {typed, typed.removeprefix("RJ")} if typed else set()
    return tuple(each for signs in sorted(meant) for each in _ranges(signs))


def _ranges(signs: str) -> tuple[tuple[str, str, str], ...]:
    if len(signs) > 2 * REF_HALF_LENGTH:
        return ()
    first, second = signs[:REF_HALF_LENGTH], signs[REF_HALF_LENGTH:]
    start = f"RJ-{first}-{second}" if second else f"RJ-{first}"
    begins = ("ref", start, _after(start))
    return (begins,) if second or not first else (begins, (f"right(ref, {REF_HALF_LENGTH})", first, _after(first)))


def _after(start: str) -> str:
    """The first text, sign by sign, that does not begin with `start`."""
    return start[:-1] + chr(ord(start[-1]) + 1)
