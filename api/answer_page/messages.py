"""What the answering page says where it asks nothing: the link is unknown, over, or something is in the way."""

from dataclasses import dataclass
from http import HTTPStatus

from api.problems import PROBLEMS, Code
from domain.days import format_day
from domain.vocabulary import Refusal
from domain.wording.refusals import SENTENCES
from ports.answer_links import AnswerLink, LinkState
from ports.inbox import MessageStatus


@dataclass(frozen=True, slots=True)
class Message:
    """A page of text."""

    status: HTTPStatus
    title: str
    paragraphs: tuple[str, ...]


UNKNOWN = Message(
    HTTPStatus.NOT_FOUND,
    "This link does not work",
    ("Check that all of the address in our e-mail was copied. Nothing has been recorded.",),
)
CANCELLED = Message(
    HTTPStatus.GONE,
    "No answer is needed any more",
    ("What we asked is no longer needed. There is nothing left for you to do.",),
)
EXPIRED = Message(
    HTTPStatus.GONE,
    "This link has expired",
    (
        "It no longer works, and nothing has been recorded by it.",
        "Our next reminder brings a new link. You can also answer by writing to the service.",
    ),
)
NOBODY = Message(
    HTTPStatus.GONE,
    "This link no longer works",
    ("Your agency is no longer asked by this service. Nothing has been recorded.",),
)
ANSWERED_MEANWHILE = Message(
    HTTPStatus.CONFLICT,
    "This has just been answered",
    (
        "Somebody else has answered for your agency in the meantime, and asked for more time.",
        "What you entered was not recorded. If it still stands, open the link in our e-mail again and answer there.",
    ),
)

_WORDS: dict[Code, tuple[str, str]] = {
    Code.DATABASE_UNAVAILABLE: (
        "Sorry, the service is not available",
        # A database that goes away while it stores leaves open whether it did.
        "If you sent an answer, it may not have arrived. Send it again in a few minutes: if it did, you will read so.",
    ),
    Code.BODY_TOO_LARGE: (
        "What you entered is too long",
        "Nothing has been recorded. Go back, shorten what you wrote, and send it again.",
    ),
}
_OTHERWISE = ("Sorry, that could not be read", "Nothing has been recorded. Open the link in our e-mail again.")


def over(link: AnswerLink, standing: MessageStatus | None) -> Message:
    """Why `link` takes no answer; `standing` is what became of the one it had."""
    if link.state is LinkState.ANSWERED and link.answered_at is not None:
        day = format_day(link.answered_at.date())
        said = f"Your agency answered on {day}. {_became(standing)}"
        return Message(HTTPStatus.GONE, "This has been answered", (said, "To change the answer, contact the service."))
    return CANCELLED if link.state is LinkState.CANCELLED else EXPIRED


def _became(standing: MessageStatus | None) -> str:
    match standing:
        case None:
            return ""
        case _ if standing.status == "applied":
            return "The answer is in the case file."
        case _ if standing.status == "refused" and standing.reason:
            return f"It could not be used in the case: {SENTENCES[Refusal(standing.reason)]}"
        case _:
            return "The answer is being passed to the case."


def of_problem(code: Code) -> Message:
    """The page of a problem."""
    title, paragraph = _WORDS.get(code, _OTHERWISE)
    return Message(PROBLEMS[code][0], title, (paragraph,))
