"""How a file is written: its encoding, what separates its cells, and where a quoted cell goes on.

The encoding is found by trial, not by likelihood: a name that is read wrongly would be somebody else's.
"""

import codecs
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import BinaryIO

from ports.requests import FileFormat

UTF8, CP1252 = "utf-8-sig", "cp1252"
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_ENCODINGS = {UTF8: "UTF-8", CP1252: "Windows-1252", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_CHUNK = 65_536
_UTF8_CHARACTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_DOUBTFUL = frozenset("¡¢£¤¥¦§¨©«¬®¯°±²³¶¸¹»¼½¾¿×÷†‡‰˜")  # noqa: RUF001 - no other sign is meant
"""Signs of Windows-1252 that are letters in other encodings with one byte for each character."""


@dataclass(frozen=True, slots=True)
class TextFormat:
    """An encoding by its codec, and the separator of a CSV file; empty: JSON Lines."""

    encoding: str = UTF8
    separator: str = ""

    @property
    def in_words(self) -> FileFormat:
        """The format in words."""
        return FileFormat(_ENCODINGS[self.encoding], SEPARATORS.get(self.separator, ""))


def find_encoding(content: BinaryIO, *, is_csv: bool) -> str:
    """Return the codec of the content, which is read to its end.

    By its byte-order mark, or else UTF-8 if all of it can be read so. A CSV file that has no character of UTF-8 at all,
    and can be read as Windows-1252, is that. In anything else only the rows that are UTF-8 can be read.
    """
    start = content.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif is_csv and b"\0" in (start[:1], start[1:2]):
        candidates = ["utf-16-be" if start[:1] == b"\0" else "utf-16-le"]
    else:
        candidates = [UTF8, CP1252] if is_csv else [UTF8]
    decoders = {name: codecs.getincrementaldecoder(name)() for name in candidates}
    has_utf8, end, chunk = False, b"", start
    while chunk:
        has_utf8 = has_utf8 or _UTF8_CHARACTER.search(end + chunk) is not None
        end = chunk[-3:]
        decoders = {name: decoder for name, decoder in decoders.items() if _can_decode(decoder, chunk)}
        chunk = content.read(_CHUNK)
    readable = [name for name, decoder in decoders.items() if _can_decode(decoder, b"", final=True)]
    if CP1252 in readable and UTF8 not in readable and has_utf8:
        return UTF8
    return readable[0] if readable else UTF8


def _can_decode(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def has_doubtful_letter(name: str) -> bool:
    """Whether a name that was read as Windows-1252 has a sign that no name has, so that the encoding is another one."""
    return not _DOUBTFUL.isdisjoint(name)


class QuoteState(Enum):
    """Whether a record goes on in the next line."""

    CLOSED = auto()
    OPEN = auto()
    """Inside a quoted cell."""
    MISPLACED = auto()
    """A quoted cell was closed, and went on: the record ends with its line."""


def find_quote_state(line: str, separator: str, state: QuoteState) -> QuoteState:
    """Return the state after `line`. A quote opens a cell only at its beginning; elsewhere it is a part of the text."""
    position = 0
    while True:
        if state is QuoteState.OPEN:
            position = _find_closing(line, position)
            if position < 0:
                return state
            state = QuoteState.CLOSED
            if line[position:].rstrip("\r\n") and line[position] != separator:
                return QuoteState.MISPLACED
        if line.startswith('"', position) and (position == 0 or line[position - 1] == separator):
            state, position = QuoteState.OPEN, position + 1
            continue
        opening = line.find(f'{separator}"', position)
        if opening < 0:
            return state
        state, position = QuoteState.OPEN, opening + 2


def _find_closing(line: str, position: int) -> int:
    """Return where the quoted cell has ended, after its closing quote; negative: not in this line."""
    while (quote := line.find('"', position)) >= 0:
        if not line.startswith('""', quote):
            return quote + 1
        position = quote + 2
    return -1
