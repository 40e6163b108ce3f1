"""Names of people: split for a search, and compared without accents and punctuation."""

import re
import unicodedata

_INSIDE_A_WORD = re.compile(r"['\u2018\u2019.`]")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of `name` as they are compared: `Séan O'Neill-Marsh` is `sean oneill marsh`."""
    letters = (letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    joined = _INSIDE_A_WORD.sub("", "".join(letters).casefold())
    return tuple(word for word in _BETWEEN_WORDS.split(joined) if word)


def split_name(name: str) -> tuple[tuple[str, str], ...]:
    """Return how `name` may divide into first and last names, the likeliest first; a single word is a last name.

    Words between them may belong to either, or be middle names.
    """
    words = name.split()
    if len(words) < 2:
        return (("", name.strip()),)
    divided = ((words[0], words[-1]), (words[0], " ".join(words[1:])), (" ".join(words[:-1]), words[-1]))
    return tuple(dict.fromkeys(divided))


def is_same_name(name: str, first: str, middle: str, last: str) -> bool:
    """Whether `name`, in one line, has this first and this last name, and no other middle name.

    A missing middle name, or an initial instead of it, is no difference.
    """
    given, begins, ends = words_of(name), words_of(first), words_of(last)
    if not begins or not ends or len(begins) + len(ends) > len(given):
        return False
    if given[: len(begins)] != begins or given[-len(ends) :] != ends:
        return False
    pairs = zip(given[len(begins) : -len(ends)], words_of(middle), strict=False)
    return all(one == other or (1 in (len(one), len(other)) and one[0] == other[0]) for one, other in pairs)
