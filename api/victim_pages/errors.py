"""What a victim reads where a page cannot be shown, or an act was not done."""

from collections.abc import Awaitable, Mapping
from http import HTTPStatus

from fastapi.responses import Response

from api.error_mapping import find_problem
from api.problems import Code, to_problem_response
from api.victim_pages.page import NoSession, NotPossible, VictimPage
from api.victim_pages.sign_in import show_code_form
from application.context import UnknownCase
from application.people import NoVictimDetails
from domain.refusals import RecordRefused
from domain.wording import my_case as words
from ports.cases import WorkflowNotFound

UNREADABLE = (Code.BAD_REQUEST, Code.BODY_TOO_LARGE, Code.BODY_TOO_SLOW, Code.UNREADABLE)


async def respond(page: VictimPage, response: Awaitable[Response]) -> Response:
    """Return the response, or a page that says why there is none."""
    try:
        return await response
    except (NoSession, UnknownCase, NoVictimDetails):
        return show_code_form(page, words.SESSION_OVER if page.is_post else "", HTTPStatus.FORBIDDEN)
    except (NotPossible, RecordRefused, WorkflowNotFound):
        # Why is not said: that may be a fact that the victim may not know.
        texts = (words.NOT_POSSIBLE_HEADING, words.NOT_POSSIBLE)
        return page.render_message(*texts, status=HTTPStatus.CONFLICT, is_urgent=page.is_urgent)
    except Exception as error:
        problem = find_problem(error, page.dependencies.database_errors)
        if problem is None:
            raise
        if problem.code in UNREADABLE:
            return page.render_message(words.UNREADABLE_HEADING, words.UNREADABLE, status=HTTPStatus.BAD_REQUEST)
        retry = {"retry-after": to_problem_response(problem).headers.get("retry-after", "10")}
        return _render_unavailable(page, retry)


def _render_unavailable(page: VictimPage, headers: Mapping[str, str]) -> Response:
    """Say that the service does not answer; what was confirmed can be sent again with one button."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    if not page.confirmed:
        return page.render_message(words.UNAVAILABLE_HEADING, words.UNAVAILABLE, status=status, headers=headers)
    return page.render_form(
        words.NOT_KNOWN_HEADING,
        words.SEND_AGAIN,
        [(name, value) for name, values in page.confirmed.items() for value in values],
        paragraphs=[page.translate(words.NOT_KNOWN)],
        status=status,
        headers=headers,
        back=words.BACK,
    )
