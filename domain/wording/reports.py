"""The commissioner's return in words: what each line measures, and of which item."""

from domain.monitoring import ALL, CONTACT_TOOK_PLACE, NO_REFERRER, Measure
from domain.reasons import Reason
from domain.routes import Route
from domain.vocabulary import PERSON, Form, InitiatedBy, Offence, Satisfaction
from domain.wording.staff import AGENCY_NAMES, REASON_LABELS

MEASURES: dict[Measure, str] = {
    Measure.OFFERS: "Offers of restorative justice",
    Measure.OFFERS_BY_OFFENCE: "Offers by offence",
    Measure.OFFERS_BY_AGENCY: "Offers by who made them",
    Measure.REQUESTS: "Requests",
    Measure.REQUESTS_BY_REFERRER: "Requests by who referred them",
    Measure.REQUESTS_BY_OFFENCE: "Requests by offence",
    Measure.REQUESTS_BY_ROUTE: "Requests by route to the offender",
    Measure.REQUESTS_BY_INITIATOR: "Requests by who asked first",
    Measure.REQUESTS_BY_ENHANCED_RIGHTS: "Requests by the victim's rights",
    Measure.DAYS_TO_FIRST_CONTACT: "Days from request to first contact with the victim",
    Measure.DAYS_TO_APPROACH: "Days from request to approach to the offender",
    Measure.DAYS_TO_CONTACT: "Days from request to contact between both sides",
    Measure.CONTACTS_BY_FORM: "Contacts between both sides",
    Measure.MESSAGES_PASSED_BY_FORM: "Messages passed on",
    Measure.ENDS_BY_REASON: "Ends",
    Measure.AGREEMENTS_KEPT: "Agreements",
    Measure.NEEDS_MET_VICTIM: "Victims whose needs were met",
    Measure.NEEDS_MET_OFFENDER: "Offenders whose needs were met",
    Measure.SATISFACTION_VICTIM: "Satisfaction of victims",
    Measure.SATISFACTION_OFFENDER: "Satisfaction of offenders",
    Measure.CHARACTERISTICS_VICTIM: "Victims by what they said of themselves (to the nearest 5)",
    Measure.CHARACTERISTICS_OFFENDER: "Offenders by what they said of themselves (to the nearest 5)",
}

FORMS: dict[str, str] = {
    Form.FACE_TO_FACE: "meeting in person",
    Form.VIDEO: "video call",
    Form.PHONE: "telephone call",
    Form.LETTER: "letters",
    Form.MESSAGE: "messages passed on",
    Form.SHUTTLE: "a facilitator went between both",
}

_INITIATORS: dict[str, str] = {
    InitiatedBy.VICTIM: "the victim",
    InitiatedBy.OFFENDER: "the offender",
    InitiatedBy.COURT: "a court",
    InitiatedBy.SERVICE: "the restorative justice service",
}

_ROUTES: dict[str, str] = {
    Route.YOUTH: "youth offending team",
    Route.POLICE: "VLO, then probation, then prison",
    Route.CHARITY: "charity, then probation, then prison",
}

OFFENCE_LABELS: dict[str, str] = {Offence.OTHER: "another offence", Offence.NOT_STATED: "not stated"}


_AGENCIES = {kind.value: name for kind, name in AGENCY_NAMES.items()}
_REASONS = {reason.value: label for reason, label in REASON_LABELS.items()}

_WORDS: dict[Measure, dict[str, str]] = {
    Measure.OFFERS_BY_AGENCY: _AGENCIES,
    Measure.REQUESTS_BY_REFERRER: {**_AGENCIES, PERSON: "a person", NO_REFERRER: "nobody"},
    Measure.REQUESTS_BY_ROUTE: _ROUTES,
    Measure.REQUESTS_BY_INITIATOR: _INITIATORS,
    Measure.CONTACTS_BY_FORM: FORMS,
    Measure.MESSAGES_PASSED_BY_FORM: FORMS,
    Measure.ENDS_BY_REASON: {
        **_REASONS,
        CONTACT_TOOK_PLACE: "contact took place",
        Reason.VICTIM_NEEDS_MET: "the needs of the victim were met without contact",
    },
    Measure.AGREEMENTS_KEPT: {"met": "kept", "not_met": "not kept", "none": "no agreement"},
}
_OTHER_WORDS = {**OFFENCE_LABELS, Satisfaction.NEITHER.value: "neither satisfied nor dissatisfied"}


def describe_item(measure: Measure, item: str) -> str:
    """The item of a line in words."""
    if item == ALL:
        return "all"
    return _WORDS.get(measure, _OTHER_WORDS).get(item) or item.replace("_", " ").replace(":", ": ")
