"""The exceptions with which a record, or any other operation, is refused."""

from typing import TypeVar

from domain.vocabulary import Refusal
from domain.wording.refusals import SENTENCES

T = TypeVar("T")


class CaseworkError(Exception):
    """What staff asked for was not done; each subclass says why."""


class RecordRefused(CaseworkError):
    """The event is refused for `code`; `detail` names the field, wait or agency that it is about, never a person."""

    def __init__(self, code: Refusal, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        """The sentence, with what it is about."""
        return SENTENCES[self.code] + (f" ({self.detail})" if self.detail else "")


def require(value: T | None, code: Refusal, detail: str = "") -> T:
    """Return `value`. Raises RecordRefused where it is None."""
    if value is None:
        raise RecordRefused(code, detail)
    return value


def refuse_if(condition: bool, code: Refusal, detail: str = "") -> None:
    """Raise RecordRefused where `condition` holds."""
    if condition:
        raise RecordRefused(code, detail)
