"""A request opens a case, under the rules of the day."""

from collections.abc import Iterable
from datetime import datetime

from domain.calendar import ENGLAND_AND_WALES_2028, Calendar
from domain.case import Case
from domain.events import Record, RequestReceived
from domain.policy import PACKAGED, Policy, choose_policy
from domain.refusals import RecordRefused
from domain.routes import route_of
from domain.rules import Rules
from domain.versions import CURRENT_VERSION
from domain.vocabulary import CaseRef, Refusal

CURRENT_CALENDAR: Calendar = ENGLAND_AND_WALES_2028
"""The calendar under which new cases begin."""


def choose_rules(request: RequestReceived, policies: Iterable[Policy] = PACKAGED) -> Rules:
    """The rules under which a case of `request` begins today."""
    policy = choose_policy(policies, request.area, route_of(request), request.disposal)
    return Rules(CURRENT_VERSION, policy, CURRENT_CALENDAR)


def open_case(ref: CaseRef, record: Record, now: datetime, rules: Rules | None = None) -> Case:
    """The case that `record` opens, under `rules`; without them, under those that come with the service.

    Raises RecordRefused where the request itself must be refused.
    """
    request = record.event
    if not isinstance(request, RequestReceived):
        raise RecordRefused(Refusal.UNKNOWN_CASE, ref)
    rules = rules or choose_rules(request)
    return rules.process.receive_request(ref, record, request, now, rules)
