"""References as staff type them: the beginning of one or of its second half, with or without `RJ` and dashes."""

REF_HALF_LENGTH = 4


def prefix_ranges(text: str) -> tuple[tuple[str, str, str], ...]:
    """Which references `text` can mean: an expression over `ref`, and the range of its values without the last one.

    `7q2k`, `RJ-7Q2K` and `rj7q2k9` begin a reference; `9F3M` may begin its second half as well. Empty: none at all.
    """
    typed = "".join(character for character in text.upper() if character.isalnum())
    prefixes = {typed, typed.removeprefix("RJ")} if typed else set()
    ranges = []
    for prefix in sorted(prefixes):
        first, second = prefix[:REF_HALF_LENGTH], prefix[REF_HALF_LENGTH:]
        if len(second) <= REF_HALF_LENGTH:
            start = f"RJ-{first}-{second}" if second else f"RJ-{first}"
            ranges.append(("ref", start, _end_of_range(start)))
            if first and not second:
                ranges.append((f"right(ref, {REF_HALF_LENGTH})", first, _end_of_range(first)))
    return tuple(ranges)


def _end_of_range(prefix: str) -> str:
    """The first text, by code point, after all that begin with `prefix`."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
