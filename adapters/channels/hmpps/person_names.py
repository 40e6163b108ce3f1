"""Names of people: read as people type them, spelled as registers do, and compared without marks and punctuation."""

import re
import unicodedata
from collections.abc import Iterator

_INSIDE_A_WORD = re.compile("['`.\u00ad\u00b4\u02b9\u02bb\u02bc\u055a\u200b-\u200d\u2018-\u201b\u2032\u2035\uff07]")
_APOSTROPHES = re.compile("['`\u00b4\u02b9\u02bb\u02bc\u055a\u2018-\u201b\u2032\u2035\uff07]")
_DASHES = re.compile("\\s*[-\u00ad\u02d7\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]\\s*")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart; capital ones and ß are folded before."""
_JOINED = frozenset({"o", "d", "mc", "mac"})
"""Words that registers write as one with the next: O'Neill is also O Neill."""

TITLES = frozenset(
    {"mr", "mrs", "ms", "miss", "mx", "dr", "master", "sir", "dame", "rev", "reverend", "prof", "professor"}
)
"""Words before a name that are no part of it. The migration's `vault.normalised_name` has the same ones."""
_PLACEHOLDERS = frozenset(
    {"unknown", "unk", "nk", "n k", "n a", "not known", "not given", "not stated", "not provided", "no name", "tbc"}
)
_FILLERS = frozenset({"male", "female", "man", "woman", "offender", "suspect", "person", "name", "surname", "forename"})
UNKNOWN = "unknown"


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of `name` as they are compared: `Séan O'Neill-Marsh` is `sean oneill marsh`."""
    joined = _INSIDE_A_WORD.sub("", name)
    letters = (letter for letter in unicodedata.normalize("NFKD", joined) if not unicodedata.combining(letter))
    plain = "".join(letters).casefold().translate(_LETTERS)
    return tuple(word for word in _BETWEEN_WORDS.split(plain) if word)


def comparable_words(name: str) -> tuple[str, ...]:
    """Return the words of `name` without titles, and with prefixes as parts of the word: as match keys have them."""
    return _join_prefixes(words_of(" ".join(_without_titles(name))))


def is_placeholder(name: str) -> bool:
    """Whether `name` only says that nobody knows it: `Unknown`, `N/K`, `unknown male`, `?`."""
    words = dict.fromkeys(word for word in words_of(name) if word not in _FILLERS)
    return " ".join(words) in _PLACEHOLDERS or not words_of(name)


def split_name(name: str) -> tuple[tuple[str, str], ...]:
    """Return how `name` may divide into first and last names, the likeliest first; a single word is a last name.

    Words between them may belong to either, or be middle names. With a comma the last name is before it.
    """
    last, comma, first = (part.strip() for part in name.partition(","))
    if comma and first and last:
        return ((" ".join(_without_titles(first)), " ".join(_without_titles(last))),)
    words = _without_titles(name.replace(",", " "))
    if len(words) < 2:
        return (("", " ".join(words)),)
    divided = ((words[0], words[-1]), (words[0], " ".join(words[1:])), (" ".join(words[:-1]), words[-1]))
    return tuple(dict.fromkeys(divided))


def list_spellings(name: str) -> tuple[tuple[str, str], ...]:
    """Return the first and last names under which a register may have `name`, the likeliest first."""
    divided = split_name(name)
    other_order = [(last, first) for first, last in divided[:1] if first]
    return tuple(dict.fromkeys(spelling for names in (*divided, *other_order) for spelling in _spell(*names)))


def _spell(first: str, last: str) -> Iterator[tuple[str, str]]:
    """Yield the names with plain apostrophes, hyphens and letters, without apostrophes, and double names in each way.

    They are as they were typed first, since a register may have the marks.
    """
    typed = [_DASHES.sub("-", _APOSTROPHES.sub("'", name)) for name in (first, last)]
    plain = [_to_plain_letters(name) for name in typed]
    yield typed[0], typed[1]
    yield plain[0], plain[1]
    yield plain[0].replace("'", ""), plain[1].replace("'", "")
    spaced = [re.sub("[-']", " ", name) for name in plain]
    yield spaced[0], spaced[1]
    yield plain[0].replace("-", " "), plain[1].replace("-", " ")
    yield plain[0].replace(" ", "-"), plain[1].replace(" ", "-")


def _to_plain_letters(name: str) -> str:
    letters = []
    for letter in unicodedata.normalize("NFKD", name):
        if not unicodedata.combining(letter):
            plain = letter.lower().translate(_LETTERS).replace("ß", "ss")
            letters.append(letter if plain == letter.lower() else plain.upper() if letter.isupper() else plain)
    return "".join(letters)


def is_same_name(name: str, first: str, middle: str, last: str) -> bool:
    """Whether `name`, in one line, certainly has this first and this last name, and no other middle name.

    A missing middle name, or an initial instead of it, is no difference; neither is a title. With the last name first,
    half of a double one, or a part that is unknown, it is not certain.
    """
    if "," in name:
        return False
    typed = _without_titles(name)
    given = words_of(" ".join(typed))
    begins, between, ends = words_of(first), words_of(middle), words_of(last)
    is_half = bool(typed) and len(words_of(typed[-1])) > len(ends)
    if is_half or UNKNOWN in (*given, *begins, *ends):
        return False
    readings = {given, comparable_words(name)}
    return any(
        _is_same(reading, begins, between, tail) for reading in readings for tail in {ends, _join_prefixes(ends)}
    )


def _is_same(given: tuple[str, ...], begins: tuple[str, ...], between: tuple[str, ...], ends: tuple[str, ...]) -> bool:
    if not begins or not ends or len(begins) + len(ends) > len(given):
        return False
    if given[: len(begins)] != begins or given[-len(ends) :] != ends:
        return False
    pairs = zip(given[len(begins) : -len(ends)], between, strict=False)
    return all(one == other or (1 in (len(one), len(other)) and one[0] == other[0]) for one, other in pairs)


def may_be_same_name(name: str, first: str, middle: str, last: str) -> bool:
    """Whether `name` and this one have all words of the shorter in common, in any order; a placeholder has none."""
    given = words_of(" ".join(_without_titles(name.replace(",", " "))))
    known = words_of(f"{first} {middle} {last}")
    if UNKNOWN in given or UNKNOWN in known:
        return False
    readings = [
        (set(one), set(other)) for one in (given, _join_prefixes(given)) for other in (known, _join_prefixes(known))
    ]
    return any(one and other and (one <= other or other <= one) for one, other in readings)


def _without_titles(name: str) -> tuple[str, ...]:
    """Return the words of `name` as typed, without the titles at its beginning; one word always stays."""
    words = name.split()
    while len(words) > 1 and words_of(words[0]) and set(words_of(words[0])) <= TITLES:
        words.pop(0)
    return tuple(words)


def _join_prefixes(words: tuple[str, ...]) -> tuple[str, ...]:
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] in _JOINED:
            joined[-1] += word
        else:
            joined.append(word)
    return tuple(joined)
