"""The versions of the process. A released version never changes; a change is a version more."""

from domain.bad_news import note_news
from domain.due_events import due_events, is_over
from domain.effects import effects
from domain.enforcement import apply_guard
from domain.guard import GUARD, MEETING_GUARD
from domain.opening import receive_request
from domain.process import RULE_FOR
from domain.refused_messages import follow_up_of
from domain.routes import agencies_of, checkers_of
from domain.rules import PROCESS_VERSIONS, ProcessVersion
from domain.steps import STARTS

CURRENT_VERSION = 1
"""The version under which new cases begin."""

PROCESS_VERSIONS[1] = ProcessVersion(
    receive_request=receive_request,
    table=RULE_FOR,
    guard=GUARD,
    meeting_guard=MEETING_GUARD,
    enforce_guard=apply_guard,
    note_news=note_news,
    starts=STARTS,
    agencies_of=agencies_of,
    checkers_of=checkers_of,
    effects=effects,
    due_events=due_events,
    is_over=is_over,
    follow_up_of=follow_up_of,
)
