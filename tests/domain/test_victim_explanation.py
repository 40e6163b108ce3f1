"""What the victim is told: words for everything, none of them a hint at what they may not know."""

import functools
import re
from dataclasses import asdict, fields, replace
from datetime import date
from itertools import product
from typing import Any

import pytest

from domain.case import Case, Concern, ProcessState
from domain.effects import NotifyVictim
from domain.events import EVENTS, VictimTold, field_names
from domain.intake import choose_rules
from domain.policy import PACKAGED
from domain.process import PLANNING_ANOTHER
from domain.reasons import DECLINE_REASONS, HARD, REASON_RULES, SCREENING_REFUSALS, SOFT, Reason
from domain.steps import STAGE_OF_STEP
from domain.victim_explanation import VictimExplanation, VictimView, compose, explain, tellable_reason, victim_view
from domain.victim_facts import Variant
from domain.victim_notifications import MessageKind, message_due
from domain.vocabulary import (
    AgencyKind,
    Contact,
    DeadlineKind,
    Flag,
    Side,
    Stage,
    Step,
    Whereabouts,
)
from domain.wording.victim import AGAIN, REVIEWS, STEPS
from domain.wording.victim_endings import ENDINGS, FINISHED, NOT_SHARED
from tests.domain.slices import make_request
from tests.domain.victim_walks import REF

ALL_VIEWS = [
    VictimView(stage, step, reason, message, next_update_on)
    for stage, step, reason, message, next_update_on in product(
        Stage, Step, (None, *Reason), (None, *MessageKind), (None, date(2026, 6, 4))
    )
]
ALL_VIEWS += [
    VictimView(stage, step, reason, message, None, variant, day)
    for stage, step, reason, message, variant, day in product(
        Stage, Step, (None, Reason.THERAPY_FIRST), (None, *MessageKind), Variant, (None, date(2026, 6, 4))
    )
]
CAN_END = (
    DECLINE_REASONS
    | SCREENING_REFUSALS
    | HARD
    | {
        Reason.OFFENDER_DIED,
        Reason.VICTIM_DIED,
        Reason.NOT_SAFE_AT_PRESENT,
        Reason.OFFENDER_DECLINED,
        Reason.OFFENDER_WITHDREW,
        Reason.VICTIM_DOES_NOT_WANT,
        Reason.VICTIM_WITHDREW,
    }
)


@functools.cache
def explain_all() -> dict[VictimView, VictimExplanation]:
    """Every view with its words."""
    return {view: explain(view) for view in ALL_VIEWS}


_CODES = {code.replace("_", " ") for code in (*AgencyKind, *Whereabouts, *DeadlineKind, *Flag)}
_DENIED_WORDS = """
    abroad, abuse, adult, agency, agencies, alcohol, area, assessed, assessment, assessor, bail, case, caught,
    charity, coerced, coercion, community, condition, convicted, conviction, council, court, courts, crown,
    custodial, custody, declined, denied, denies, deported, drink, drug, drugs, examined, guilty, health, held,
    hmpps, hold, hospital, ill, illness, inmate, inside, jail, judge, jurisdiction, licence, licences, licensed,
    location, lives, living, medical, mental, motive, moved, no-contact, objected, objection, objections, objects,
    offence, offender, offenders, officer, officers, order, overdue, parole, police, pressure, prison, prisoner,
    prisoners, prisons, probation, proceedings, record, records, rehub, release, released, removed, restricted,
    risk, sentence, sentenced, sex, sexual, sick, stuck, substance, supervised, supervision, supervisor,
    supervisors, team, therapy, treatment, trial, venue, vlo, youth, passed away
"""
DENIED = _CODES | {word.strip() for word in _DENIED_WORDS.split(",")}
_DENIED = re.compile(r"\b(" + "|".join(sorted(map(re.escape, DENIED), key=len, reverse=True)) + r")\b", re.IGNORECASE)


def sentences(explanation: VictimExplanation) -> list[str]:
    """Every sentence of an explanation, its heading included."""
    text = (sentence for part in asdict(explanation).values() for sentence in re.split(r"(?<=[.?!])\s", part))
    return list(text)


def denied_words(text: str) -> list[str]:
    """The words of `text` that no victim may read."""
    return _DENIED.findall(text)


# ------------------------------------------------------------------------------------------ there are words


@pytest.mark.parametrize("step", [step for step in Step if step is not Step.CLOSED])
def test_each_step_has_words_of_its_own(step: Step) -> None:
    others = [words for other, words in STEPS.items() if other is not step]
    assert all(asdict(STEPS[step]).values())
    assert all(STEPS[step].happened != other.happened for other in others)


def test_a_step_that_comes_again_says_so() -> None:
    first = explain(VictimView(Stage.OFFENDER_APPROACHED, Step.ASSESSING))
    again = explain(VictimView(Stage.READINESS_ASSESSED, Step.ASSESSING))
    assert first.happened != again.happened
    assert "again" in again.heading
    planned = {(Stage.MEETING_HELD, step) for step in PLANNING_ANOTHER}
    assert set(AGAIN) == {(Stage.READINESS_ASSESSED, Step.ASSESSING), *planned}


@pytest.mark.parametrize("reason", sorted(CAN_END))
def test_each_reason_that_may_be_told_and_can_end_a_case_has_words_of_its_own(reason: Reason) -> None:
    if REASON_RULES[reason].tellable:
        assert all(asdict(ENDINGS[reason]).values())
        assert ENDINGS[reason] != NOT_SHARED
    else:
        assert reason not in ENDINGS


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.ACCESS_RESTRICTED}))
def test_a_reason_that_may_not_be_told_ends_in_the_same_words_as_any_other_such(reason: Reason) -> None:
    if not REASON_RULES[reason].tellable:
        without = explain(VictimView(Stage.DECLINED, Step.CLOSED, None, MessageKind.ENDED))
        assert explain(VictimView(Stage.DECLINED, Step.CLOSED, reason, MessageKind.ENDED)) == without


def test_a_record_that_may_not_be_opened_reads_as_one_that_was_not_found() -> None:
    for view in ALL_VIEWS:
        if view.reason is Reason.NO_MATCH:
            restricted = VictimView(view.stage, view.step, Reason.ACCESS_RESTRICTED, view.message, view.next_update_on)
            assert restricted == view
            assert explain(restricted) == explain_all()[view]


def test_no_view_can_hold_a_reason_that_may_not_be_told() -> None:
    assert {view.reason for view in ALL_VIEWS} == {None} | {r for r in Reason if REASON_RULES[r].tellable}
    assert all(tellable_reason(tellable_reason(reason)) == tellable_reason(reason) for reason in Reason)


OF_THEIR_OWN = {MessageKind.DAY_CANCELLED, MessageKind.DAY_NOT_KEPT, MessageKind.DAY_CALLED_OFF, *REVIEWS}
"""Messages that do not say at which step the case is."""


@pytest.mark.parametrize("message", sorted(set(MessageKind) - OF_THEIR_OWN))
def test_each_message_begins_in_its_own_way(message: MessageKind) -> None:
    asked = explain(VictimView(Stage.REQUESTED, Step.TRACING))
    told = explain(VictimView(Stage.REQUESTED, Step.TRACING, None, message))
    assert told.happened.endswith(asked.happened)
    assert told.happened != asked.happened


def test_every_view_has_words_in_every_part() -> None:
    for view, words in explain_all().items():
        without_next = view.message is MessageKind.DAY_CANCELLED or view.message in REVIEWS
        assert all(text for part, text in asdict(words).items() if part != "next_update" or not without_next)


@pytest.mark.parametrize("message", sorted(OF_THEIR_OWN))
def test_a_message_with_words_of_its_own_says_nothing_of_the_case(message: MessageKind) -> None:
    texts = {words.happened for view, words in explain_all().items() if view.message is message and view.day is None}
    assert len(texts) == 1


def test_a_meeting_followed_up_ends_in_words_of_completion() -> None:
    assert explain(VictimView(Stage.MEETING_HELD, Step.CLOSED)).heading == FINISHED.heading


def test_the_victim_reads_when_they_hear_again() -> None:
    open_view = VictimView(Stage.REQUESTED, Step.TRACING, next_update_on=date(2026, 6, 4))
    assert "by 4 June 2026" in explain(open_view).next_update
    assert "unless you ask" in explain(replace(open_view, step=Step.CLOSED)).next_update
    assert "not sending" in explain(replace(open_view, next_update_on=None)).next_update


# --------------------------------------------------------------------------------------- the words are plain


def test_no_wording_says_what_the_victim_may_not_know() -> None:
    found = {word.lower() for words in set(explain_all().values()) for word in denied_words(" ".join(sentences(words)))}
    assert found == set()


def test_the_list_of_denied_words_finds_them() -> None:
    text = "They are in Prison, on licence; the youth offending team objects."
    assert denied_words(text) == ["Prison", "licence", "youth offending team", "objects"]


def test_sentences_are_short_and_words_are_easy() -> None:
    written = {sentence for words in set(explain_all().values()) for sentence in sentences(words)}
    lengths = [len(sentence.split()) for sentence in written]
    letters = [len(word.strip(".,?")) for sentence in written for word in sentence.split()]
    assert max(lengths) <= 25
    assert sum(lengths) / len(lengths) <= 14
    assert sum(letters) / len(letters) <= 4.7


def test_whatever_is_not_yet_is_laid_on_nobody() -> None:
    text = " ".join(sentences(explain(VictimView(Stage.READINESS_ASSESSED, Step.NOT_YET))))
    assert "on either side" in text
    assert "does not mean you did anything wrong" in text
    assert "person responsible" not in text


@pytest.mark.parametrize("reason", sorted(reason for reason in SOFT if REASON_RULES[reason].tellable))
def test_a_reason_for_not_yet_is_told_where_it_may_be(reason: Reason) -> None:
    because = explain(VictimView(Stage.READINESS_ASSESSED, Step.NOT_YET, reason)).happened
    others = {explain(VictimView(Stage.READINESS_ASSESSED, Step.NOT_YET, other)).happened for other in SOFT - {reason}}
    assert because not in others


@pytest.mark.parametrize("reason", [Reason.VICTIM_NEEDS_MET, Reason.NO_AGREED_FORM])
def test_an_agreed_end_is_not_called_declined(reason: Reason) -> None:
    text = " ".join(sentences(explain(VictimView(Stage.DECLINED, Step.CLOSED, reason, MessageKind.ENDED))))
    assert not re.search(r"declin|refus|reject|turned down", text)


def test_the_six_months_in_the_words_are_those_of_every_policy() -> None:
    assert {(policy.aftercare, policy.re_approach_after) for policy in PACKAGED} == {(26, 26)}


# ---------------------------------------------------------------------- they depend on nothing else: proven


def blind(kind: type, **known: object) -> Any:
    """A `kind` of which only the `known` fields can be read: reading any other fails."""
    hidden = frozenset(field.name for field in fields(kind)).difference(known)
    return hide_fields(kind, hidden)(**(dict.fromkeys(hidden) | known))


@functools.cache
def hide_fields(kind: type, hidden: frozenset[str]) -> Any:
    """A class of values of `kind` that fails where a `hidden` field is read."""

    def read(self: object, name: str) -> object:
        if name in hidden:
            raise AssertionError(f"looked at {name}, which the victim may not know")
        return object.__getattribute__(self, name)

    return type(kind.__name__, (kind,), {"__slots__": (), "__getattribute__": read, "name": getattr(kind, "name", "")})


TO_BE_KNOWN: dict[str, object] = {
    "victim_died": False,
    "reason": None,
    "reason_of": None,
    "yes_told": True,
    "contacts": (),
    "reopened": False,
    "arrangement": None,
}


def case_known_by(stage: Stage, step: Step, contact: Contact = Contact.EMAIL, **progress: object) -> Case:
    """A case of which nothing can be read but what the victim's words and the times of them may depend on."""
    case: Case = blind(
        Case,
        ref=REF,
        version=7,
        rules=choose_rules(make_request()),
        progress=blind(ProcessState, stage=stage, step=step, **(TO_BE_KNOWN | progress)),
        contact=contact,
        quiet=False,
        deaths=(),
        adults=(),
        hold=None,
        news=None,
        offender_died=False,
        no_further_contact=False,
        concerns=(blind(Concern, by_victim=False),),
        updates=0,
        undo_point=None,
        review=None,
        victim_updated_on=date(2026, 5, 7),
    )
    return case


def test_a_view_is_made_without_looking_at_any_other_fact() -> None:
    for stage, step, reason, contact, died in product(Stage, Step, (None, *Reason), Contact, (True, False)):
        case = case_known_by(stage, step, contact, reason=reason, victim_died=died)
        view = victim_view(case, date(2026, 5, 7))
        assert (view.stage, view.step) == (stage, step)
        assert all(asdict(explain(view)).values())


def test_who_looks_at_a_hidden_fact_is_found_out() -> None:
    case = case_known_by(Stage.REQUESTED, Step.TRACING)
    for look in (lambda: case.risk is None, lambda: case.progress.waits, lambda: case.concerns[0].reason):
        with pytest.raises(AssertionError, match="may not know"):
            look()


def test_when_and_of_what_the_victim_hears_depends_on_no_other_fact() -> None:
    places = [(stage, step) for step, stage in STAGE_OF_STEP.items()]
    places += [(Stage.DECLINED, Step.CLOSED), (Stage.MEETING_HELD, Step.CLOSED)]
    cases = [case_known_by(*place) for place in places]
    known = {"whose": Side.OFFENDER, "by_whom": "victim", "result": "upheld"}
    events = [
        blind(kind, **{name: value for name, value in known.items() if name in field_names(kind)})
        for kind in EVENTS.values()
        if kind is not VictimTold
    ]
    for before, after, event in product(cases, cases, events):
        message = message_due(before, after, event)
        assert message is None or message in MessageKind


def test_a_message_reads_as_the_explanation_of_the_same_moment() -> None:
    effect = notify_victim(MessageKind.ENDED, Stage.DECLINED, Step.CLOSED, Reason.ACCESS_RESTRICTED)
    view = VictimView(Stage.DECLINED, Step.CLOSED, Reason.NO_MATCH, MessageKind.ENDED)
    assert compose(effect) == tuple(asdict(explain(view)).values())


def test_a_message_does_not_depend_on_its_key() -> None:
    effect = notify_victim(MessageKind.UPDATE, Stage.OFFENDER_TRACED, Step.AGENCY_CHECK, None)
    assert compose(replace(effect, key="another")) == compose(effect)


def notify_victim(message: MessageKind, stage: Stage, step: Step, reason: Reason | None) -> NotifyVictim:
    """A message to the victim."""
    return NotifyVictim("key", REF, message, stage, step, reason, None)
