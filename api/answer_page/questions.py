"""The questions of the answer page: one for each kind of request, with the events that the answers record."""

from collections.abc import Iterable

from api.answer_page.forms import ChoiceField, DayField, FormAnswer, FormField, Option, YesNoField
from domain.effects import ANSWERS
from domain.events import (
    AskReturned,
    CircumstancesChanged,
    ConcernRaised,
    DeathReported,
    Event,
    InformationRequested,
    ProgressRecorded,
    Withdrawn,
)
from domain.json_values import Json
from domain.reasons import CONCERN_REASONS, HARD, OBJECTIONS, SOFT, Reason
from domain.vocabulary import CircumstanceChange, Side, WaitKey, WaitKind
from domain.wording.agencies import CONDITION_LABELS, FORM_LABELS, OTHER_NEWS, RESPONSIBLE_LABELS, WHEREABOUTS_LABELS
from domain.wording.staff import REASON_LABELS


def _list_reasons(reasons: Iterable[Reason]) -> tuple[Option, ...]:
    """The reasons in the order of their list, in the words that staff read."""
    known = set(reasons)
    return tuple(
        Option(reason, label[:1].upper() + label[1:]) for reason, label in REASON_LABELS.items() if reason in known
    )


_FOUND = (
    ChoiceField(
        "whereabouts",
        "Where is the person?",
        tuple(Option(where, label) for where, label in WHEREABOUTS_LABELS.items()),
        "Select where the person is",
    ),
    ChoiceField(
        "responsible_agency",
        "Who works with the person now?",
        tuple(Option(kind, label) for kind, label in RESPONSIBLE_LABELS.items()),
        "Select who works with the person now",
    ),
)
_CONDITIONS = (
    ChoiceField(
        "conditions",
        "Do you have conditions? (optional)",
        tuple(Option(condition, label) for condition, label in CONDITION_LABELS.items()),
        hint="Select all that apply. No contact is arranged that does not meet them.",
        many=True,
    ),
    DayField(
        "not_before",
        "The first day on which contact may take place (optional)",
        "The first day",
        "For example, 27 3 2027. Leave it empty if any day will do.",
    ),
)
_OBJECTION = (
    ChoiceField(
        "reason",
        "Why do you object?",
        _list_reasons(OBJECTIONS | HARD),
        "Select why you object",
        "The victim is told a reason only where that is allowed, and only in our own words.",
    ),
)
_WILLING = (
    YesNoField(
        "may_be_told",
        "Does the person agree that the victim hears of it now?",
        "Select whether the victim may hear of it now",
        "If not, the victim hears of it with the next step.",
    ),
)
_UNTIL = (
    DayField(
        "until", "Until when? (optional)", "The date until when", "For example, 27 3 2027. Leave it empty if unknown."
    ),
)
_ACCEPTED = (
    ChoiceField(
        "reasons",
        "What was the victim told about?",
        _list_reasons(SOFT),
        "Select what the victim was told about and accepts",
        "Select all that apply.",
        many=True,
    ),
)
_NOT_YET = (
    ChoiceField("reason", "Why not yet?", _list_reasons(SOFT), "Select why not yet"),
    DayField(
        "review_on",
        "When should it be reviewed? (optional)",
        "The review date",
        "For example, 27 3 2027. Without a date the service sets one.",
    ),
)
_UNSUITABLE = (
    ChoiceField("reason", "Why?", _list_reasons(HARD), "Select why it is unsuitable"),
    ChoiceField(
        "forms",
        "Which types of contact are ruled out?",
        tuple(Option(form, label) for form, label in FORM_LABELS.items()),
        "Select which types of contact are ruled out",
        "Select all that apply. Meetings, video and telephone calls are ruled out by this answer in any case. Letters, "
        "messages and shuttle mediation may still be offered if you do not select them.",
        many=True,
    ),
)


CONCERN = FormAnswer(
    "concern",
    "We have a concern: contact may not be safe",
    ConcernRaised.name,
    {},
    "Contact stops at once, until a supervisor of the service has decided. Write below what we should know.",
    (ChoiceField("reason", "What is the concern about?", _list_reasons(CONCERN_REASONS), "Select what it is about"),),
    final=False,
)
"""A concern can be raised at any time, with any question and after its answer."""


def _news(value: str, event: type[Event], *fields: FormField, final: bool = False, **data: Json) -> FormAnswer:
    words = OTHER_NEWS[event.name]
    return FormAnswer(value, words.label, event.name, data, words.hint, fields, final)


_DIED = _news("died", DeathReported, whose=Side.OFFENDER.value)
_MOVED = _news("moved", CircumstancesChanged, *_FOUND, change=CircumstanceChange.MOVED.value)
_WITHDRAWN = _news("withdrawn", Withdrawn, final=True, whose=Side.OFFENDER.value)


def list_answers(question: WaitKind, wait: WaitKey) -> tuple[FormAnswer, ...]:
    """What can be answered to `question`, asked for `wait`; a concern comes last."""
    return (*_list_own_answers(question, wait), CONCERN)


def _list_own_answers(question: WaitKind, wait: WaitKey) -> tuple[FormAnswer, ...]:
    event = ANSWERS[question].name

    def answer(
        value: str, label: str, hint: str = "", *fields: FormField, final: bool = True, **data: Json
    ) -> FormAnswer:
        return FormAnswer(value, label, event, {"answer": value, **data}, hint, fields, final)

    returned = FormAnswer(
        "not_ours",
        "We are not the right agency",
        AskReturned.name,
        {"wait": wait},
        "If you know who should be asked instead, write it below.",
    )
    in_hand = FormAnswer(
        "in_hand",
        "Not yet: we are still working on it",
        ProgressRecorded.name,
        {"wait": wait},
        "We will wait for your answer. Use the same link when you know it.",
        final=False,
    )
    information = FormAnswer(
        "information",
        "We need to know more first",
        InformationRequested.name,
        {"wait": wait},
        "Write below what you need. Until we ask you again, you have no deadline.",
    )
    match question:
        case WaitKind.TRACE:
            return (
                answer("found", "Yes, and we know where they are", "", *_FOUND),
                answer("not_found", "No, we could not find them"),
                answer("restricted", "There is a record that we may not open"),
                answer(
                    "ambiguous",
                    "More than one person matches",
                    "Write below how they differ, so that a caseworker can find out who is meant.",
                ),
                answer("deceased", "The person has died"),
                information,
                in_hand,
                answer("not_ours", returned.label, returned.hint),
            )
        case WaitKind.AGENCY_CHECK:
            return (
                answer("no_objection", "No, we do not object", "", *_CONDITIONS),
                answer("objection", "Yes, we object", "", *_OBJECTION),
                _DIED,
                _MOVED,
                _WITHDRAWN,
                information,
                in_hand,
                returned,
            )
        case WaitKind.APPROACH:
            approached = FormAnswer("approached", "Yes, we have told them", event)
            return (approached, _DIED, _MOVED, _WITHDRAWN, information, in_hand, returned)
        case WaitKind.OFFENDER_ANSWER:
            return (
                answer("willing", "Yes, they are willing", "", *_WILLING),
                answer("needs_time", "They need more time", "", *_UNTIL, final=False),
                answer("unwilling", "No, they do not want to"),
                _DIED,
                _MOVED,
                information,
                in_hand,
                returned,
            )
        case WaitKind.ASSESSMENT:
            whose = wait.partition(":")[2]
            return (
                answer("ready", "Yes, ready", whose=whose),
                answer(
                    "ready_if_accepted",
                    "Yes, if the victim accepts something that they were told about",
                    "",
                    *_ACCEPTED,
                    whose=whose,
                ),
                answer("not_yet", "Not yet", "", *_NOT_YET, whose=whose),
                answer("unsuitable", "No, it would be unsuitable", "", *_UNSUITABLE, whose=whose),
                _DIED,
                _MOVED,
                _WITHDRAWN,
                information,
                in_hand,
                returned,
            )
        case _:
            raise ValueError(f"no agency is asked for {question}")
