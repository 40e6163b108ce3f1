"""What the answer page says where it asks nothing: the link is unknown or closed, or there is a problem."""

from dataclasses import dataclass
from http import HTTPStatus

from api.problems import PROBLEMS, Code
from domain.days import format_day, to_london_day
from domain.vocabulary import Refusal
from domain.wording.refusals import SENTENCES
from ports.answer_links import AnswerLink, LinkState
from ports.inbox import MessageStatus


@dataclass(frozen=True, slots=True)
class PageMessage:
    """A page of text."""

    status: HTTPStatus
    title: str
    paragraphs: tuple[str, ...]


UNKNOWN_LINK = PageMessage(
    HTTPStatus.NOT_FOUND,
    "This link does not work",
    ("Check that you copied the whole address in our email. Nothing has been recorded.",),
)
CANCELLED = PageMessage(
    HTTPStatus.GONE,
    "No answer is needed any more",
    ("We have cancelled our request, and you need not answer it.",),
)
EXPIRED = PageMessage(
    HTTPStatus.GONE,
    "This link has expired",
    (
        "It takes no answer any more. If you have just sent one, it has not been recorded.",
        "Our next reminder has a new link. You can also answer by writing to the service.",
    ),
)
NOT_ASKED = PageMessage(
    HTTPStatus.GONE,
    "This link no longer works",
    ("This service no longer sends requests to your agency. Nothing has been recorded.",),
)
REVOKED = PageMessage(
    HTTPStatus.GONE,
    "This link no longer works",
    (
        "We have sent this request to another address since. Nothing has been recorded.",
        "If your agency should answer it, please contact the service.",
    ),
)
ANSWERED_MEANWHILE = PageMessage(
    HTTPStatus.CONFLICT,
    "This has just been answered",
    (
        "Somebody else at your agency has answered in the meantime, and asked for more time.",
        "What you entered was not recorded. If you still want to send it, open the link in our email again.",
    ),
)

CONCERN_RECEIVED = PageMessage(
    HTTPStatus.OK,
    "We have your concern",
    (
        "Contact stops now, and a day that was set is cancelled. A supervisor decides what happens next.",
        "If somebody is in danger now, ring 999.",
        "You can use the same link again if more comes up.",
    ),
)

_PROBLEM_WORDS: dict[Code, tuple[str, str]] = {
    Code.DATABASE_UNAVAILABLE: (
        "Sorry, the service is not available",
        # A database that becomes unavailable while it stores an answer may have stored it.
        "If you sent an answer, it may not have arrived. Send it again in a few minutes: the page tells you if it did.",
    ),
    Code.BODY_TOO_LARGE: (
        "What you entered is too long",
        "Nothing has been recorded. Go back, shorten what you wrote, and send it again.",
    ),
}
_OTHER_PROBLEM = ("Sorry, that could not be read", "Nothing has been recorded. Open the link in our email again.")


def describe_closed_link(link: AnswerLink, status: MessageStatus | None) -> PageMessage:
    """Return why `link` takes no answer; `status` is what became of the answer that it had."""
    if link.state is LinkState.ANSWERED and link.answered_at is not None:
        day = format_day(to_london_day(link.answered_at))
        answered = f"Your agency answered on {day}. {_describe_outcome(status)}"
        paragraphs = (answered.strip(), "To change the answer, contact the service.")
        return PageMessage(HTTPStatus.GONE, "This has been answered", paragraphs)
    return {LinkState.CANCELLED: CANCELLED, LinkState.REVOKED: REVOKED}.get(link.state, EXPIRED)


def _describe_outcome(status: MessageStatus | None) -> str:
    match status:
        case None:
            return ""
        case _ if status.status == "applied":
            return "The answer is in the case file."
        case _ if status.status == "refused" and status.reason:
            return f"It could not be used in the case: {SENTENCES[Refusal(status.reason)]}"
        case _:
            return "The answer is being passed to the case."


def describe_problem(code: Code) -> PageMessage:
    """Return the page of a problem."""
    title, paragraph = _PROBLEM_WORDS.get(code, _OTHER_PROBLEM)
    return PageMessage(PROBLEMS[code][0], title, (paragraph,))
