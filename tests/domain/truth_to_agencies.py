"""Whether what agencies, referrers and supervisors read is so: whatever says a phrase claims what it states."""

import functools
import re
from collections.abc import Callable, Iterator
from datetime import date

from domain.agency_updates import CaseUpdate
from domain.case import Case, open_concerns
from domain.effects import Ask, Effect, NotifySupervisor, asks
from domain.guard import blocks_contact
from domain.reasons import Reason
from domain.staff_explanation import compose_alert
from domain.vocabulary import AgencyRef, Stage, Step, WaitKind
from domain.wording.agencies import QUESTIONS
from domain.wording.updates import describe_changes

_STAGES = tuple(Stage)
_SINCE_THE_YES = frozenset({Step.ASSESSING, Step.NOT_YET, Step.PREPARING, Step.SCHEDULED})
_GOES_TO_OFFENDER = frozenset({WaitKind.APPROACH, WaitKind.OFFENDER_ANSWER})


def untruths_told(effect: Effect, case: Case, today: date) -> Iterator[str]:
    """What `effect` tells somebody other than the victim although it is not so in `case`."""
    yield from find_untruths(_text_of(effect), effect, case, today)


def find_untruths(text: str, effect: Effect, case: Case, today: date) -> Iterator[str]:
    """What `text`, which somebody is sent as `effect`, says although it is not so in `case`."""
    for phrase, is_so in _claims_in(text):
        if not is_so(case, effect, today):
            yield f"somebody reads {phrase!r} in {text!r}"


@functools.cache
def _claims_in(text: str) -> tuple[tuple[str, Callable[[Case, Effect, date], bool]], ...]:
    return tuple(claim for claim in CLAIMS if re.search(claim[0], text))


def _text_of(effect: Effect) -> str:
    match effect:
        case CaseUpdate():
            return " ".join(describe_changes(effect))
        case Ask():
            return QUESTIONS[effect.question].asked
        case NotifySupervisor():
            return compose_alert(effect)
        case _:
            return ""


def _has_reached(case: Case, stage: Stage) -> bool:
    return _STAGES.index(case.stage) >= _STAGES.index(stage)


def _is_day_set(case: Case, effect: Effect) -> bool:
    arrangement = case.progress.arrangement
    told = (effect.day, effect.form) if isinstance(effect, CaseUpdate) else None
    return arrangement is not None and (arrangement.day, arrangement.form) == told


def _is_day_cancelled(case: Case, effect: Effect) -> bool:
    arrangement = case.progress.arrangement
    return arrangement is None or not isinstance(effect, CaseUpdate) or arrangement.day != effect.day


def _is_asked_nothing_old(case: Case, effect: Effect, kinds: frozenset[WaitKind] = frozenset(WaitKind)) -> bool:
    """Whether the agency of `effect` is asked nothing of `kinds` that this entry does not ask."""
    agency = AgencyRef(effect.agency) if isinstance(effect, CaseUpdate) else None
    old = (ask for ask in asks(case) if ask.key.split(".")[1] != str(case.version))
    return not any(ask.agency == agency and ask.question in kinds for ask in old)


CLAIMS: tuple[tuple[str, Callable[[Case, Effect, date], bool]], ...] = (
    (r"A day has been set|contact is on", lambda case, effect, _today: _is_day_set(case, effect)),
    (r"is cancelled\. Nobody", lambda case, effect, _today: _is_day_cancelled(case, effect)),
    (r"is on hold\.|stays on hold", lambda case, _effect, _today: case.is_on_hold),
    (r"do nothing for it until we ask", lambda case, effect, _today: _is_asked_nothing_old(case, effect)),
    (
        r"until we ask you|do not approach",
        lambda case, effect, _today: _is_asked_nothing_old(case, effect, _GOES_TO_OFFENDER),
    ),
    (r"wait until", lambda _case, _effect, _today: False),
    (r"[Cc]ontact (may|can) go ahead", lambda case, _effect, today: not blocks_contact(case, None, today)),
    (
        r"There (will be no|is no further) contact\.",
        lambda case, _effect, _today: case.is_closed or case.no_further_contact,
    ),
    (r"The case continues\.", lambda case, _effect, _today: not case.is_closed),
    (
        r"belongs to another area",
        lambda case, effect, _today: isinstance(effect, CaseUpdate) and case.area != effect.area,
    ),
    (r"The case has ended", lambda case, _effect, _today: case.is_closed),
    (r"Contact took place", lambda case, _effect, _today: bool(case.progress.contacts)),
    (r"Contact did not take place", lambda case, _effect, _today: not case.progress.contacts),
    (
        r"transferred to another service",
        lambda case, _effect, _today: case.progress.reason is Reason.TRANSFERRED_OUT,
    ),
    (
        r"A victim would like",
        lambda case, _effect, _today: case.step is not Step.ASKING_VICTIM and not case.progress.victim_died,
    ),
    (r"has been found", lambda case, _effect, _today: _has_reached(case, Stage.OFFENDER_TRACED)),
    (r"[Bb]efore (that person|they) (is|are) told", lambda _case, _effect, _today: False),
    (
        r"No agency objects",
        lambda case, _effect, _today: not any(check.objection for check in case.progress.checks),
    ),
    (r"has been told about", lambda case, _effect, _today: _has_reached(case, Stage.OFFENDER_APPROACHED)),
    (r"said that they are willing", lambda case, _effect, _today: case.step in _SINCE_THE_YES),
    (r"is willing to take part", lambda _case, _effect, _today: False),
    (r"stopped until a supervisor decides", lambda case, _effect, _today: bool(open_concerns(case))),
    (r"Contact stops until a caseworker", lambda case, _effect, _today: bool(case.deaths)),
    (r"The victim must be told", lambda case, _effect, _today: case.news is not None and case.news.day is not None),
    (r"the victim cancelled", lambda case, _effect, _today: case.progress.arrangement is None and case.news is None),
)
"""What a text claims that has these words, and whether it is so; what is never so may not be said at all."""
