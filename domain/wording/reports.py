"""The commissioner's return in words: each indicator, and its items."""

from domain.monitoring import ALL, CONTACT_TOOK_PLACE, NO_REFERRER, Indicator
from domain.reasons import Reason
from domain.vocabulary import PERSON, Form, InitiatedBy, Offence, Route, Satisfaction
from domain.wording.staff import AGENCY_NAMES, REASON_LABELS

INDICATORS: dict[Indicator, str] = {
    Indicator.OFFERS: "Offers of restorative justice",
    Indicator.OFFERS_BY_OFFENCE: "Offers by offence",
    Indicator.OFFERS_BY_AGENCY: "Offers by who made them",
    Indicator.REQUESTS: "Requests",
    Indicator.REQUESTS_BY_REFERRER: "Requests by who referred them",
    Indicator.REQUESTS_BY_OFFENCE: "Requests by offence",
    Indicator.REQUESTS_BY_ROUTE: "Requests by route to the offender",
    Indicator.REQUESTS_BY_INITIATOR: "Requests by who asked first",
    Indicator.REQUESTS_BY_ENHANCED_RIGHTS: "Requests by the victim's rights under the Victims' Code",
    Indicator.DAYS_TO_FIRST_CONTACT: "Days from request to first contact with the victim",
    Indicator.DAYS_TO_APPROACH: "Days from request to approach to the offender",
    Indicator.DAYS_TO_CONTACT: "Days from request to contact between both sides",
    Indicator.CONTACTS_BY_FORM: "Contacts between both sides",
    Indicator.MESSAGES_PASSED_BY_FORM: "Messages passed on",
    Indicator.ENDS_BY_REASON: "Ends",
    Indicator.AGREEMENTS_KEPT: "Agreements",
    Indicator.NEEDS_MET_VICTIM: "Victims whose needs were met",
    Indicator.NEEDS_MET_OFFENDER: "Offenders whose needs were met",
    Indicator.SATISFACTION_VICTIM: "Satisfaction of victims",
    Indicator.SATISFACTION_OFFENDER: "Satisfaction of offenders",
    Indicator.CHARACTERISTICS_VICTIM: "Victims by what they said of themselves (to the nearest 5)",
    Indicator.CHARACTERISTICS_OFFENDER: "Offenders by what they said of themselves (to the nearest 5)",
}
"""In `rj report return`: each line."""

FORMS: dict[str, str] = {
    Form.FACE_TO_FACE: "meeting in person",
    Form.VIDEO: "video call",
    Form.PHONE: "telephone call",
    Form.LETTER: "letters",
    Form.MESSAGE: "messages passed on",
    Form.SHUTTLE: "a facilitator went between both",
}
"""The same, for its items."""

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
"""The same, for its items."""

OFFENCE_LABELS: dict[str, str] = {Offence.OTHER: "another offence", Offence.NOT_STATED: "not stated"}
"""The same, for its items."""


_AGENCIES = {kind.value: name for kind, name in AGENCY_NAMES.items()}
_REASONS = {reason.value: label for reason, label in REASON_LABELS.items()}

_WORDS: dict[Indicator, dict[str, str]] = {
    Indicator.OFFERS_BY_AGENCY: _AGENCIES,
    Indicator.REQUESTS_BY_REFERRER: {**_AGENCIES, PERSON: "a person", NO_REFERRER: "nobody"},
    Indicator.REQUESTS_BY_ROUTE: _ROUTES,
    Indicator.REQUESTS_BY_INITIATOR: _INITIATORS,
    Indicator.CONTACTS_BY_FORM: FORMS,
    Indicator.MESSAGES_PASSED_BY_FORM: FORMS,
    Indicator.ENDS_BY_REASON: {
        **_REASONS,
        CONTACT_TOOK_PLACE: "contact took place",
        Reason.VICTIM_NEEDS_MET: "the needs of the victim were met without contact",
    },
    Indicator.AGREEMENTS_KEPT: {"met": "kept", "not_met": "not kept", "none": "no agreement"},
}
_OTHER_WORDS = {**OFFENCE_LABELS, Satisfaction.NEITHER.value: "neither satisfied nor dissatisfied"}
"""The same, for its items."""


def describe_item(indicator: Indicator, item: str) -> str:
    """The item of a line in words."""
    if item == ALL:
        return "all"
    return _WORDS.get(indicator, _OTHER_WORDS).get(item) or item.replace("_", " ").replace(":", ": ")
