"""What a commissioner's return counts, and people's characteristics, of which it shows no small number."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.vocabulary import Side


class Indicator(StrEnum):
    """What a line of the return counts, in the order of the return."""

    OFFERS = "offers"
    OFFERS_BY_OFFENCE = "offers_by_offence"
    OFFERS_BY_AGENCY = "offers_by_agency"
    REQUESTS = "requests"
    REQUESTS_BY_REFERRER = "requests_by_referrer"
    REQUESTS_BY_OFFENCE = "requests_by_offence"
    REQUESTS_BY_ROUTE = "requests_by_route"
    REQUESTS_BY_INITIATOR = "requests_by_initiator"
    REQUESTS_BY_ENHANCED_RIGHTS = "requests_by_enhanced_rights"
    DAYS_TO_FIRST_CONTACT = "days_to_first_contact"
    DAYS_TO_APPROACH = "days_to_approach"
    DAYS_TO_CONTACT = "days_to_contact"
    CONTACTS_BY_FORM = "contacts_by_form"
    MESSAGES_PASSED_BY_FORM = "messages_passed_by_form"
    ENDS_BY_REASON = "ends_by_reason"
    AGREEMENTS_KEPT = "agreements_kept"
    NEEDS_MET_VICTIM = "needs_met_victim"
    NEEDS_MET_OFFENDER = "needs_met_offender"
    SATISFACTION_VICTIM = "satisfaction_victim"
    SATISFACTION_OFFENDER = "satisfaction_offender"
    CHARACTERISTICS_VICTIM = "characteristics_victim"
    CHARACTERISTICS_OFFENDER = "characteristics_offender"


ALL = "all"
"""The item of a line that counts everything of its indicator."""
CONTACT_TOOK_PLACE = "contact_took_place"
"""The item of ends after a contact, which need no reason."""
NO_REFERRER = "none"
"""The item of requests that nobody referred."""
ENHANCED_RIGHTS, STANDARD_RIGHTS = "enhanced_rights", "standard_rights"
"""The items of requests by the victim's rights under the Victims' Code."""

CHARACTERISTICS: Mapping[str, tuple[str, ...]] = {
    "age": ("under_18", "18_to_24", "25_to_34", "35_to_49", "50_to_64", "65_and_over"),
    "gender": ("woman", "man", "another_gender"),
    "ethnic_group": ("asian", "black", "mixed", "white", "another_ethnic_group"),
    "disability": ("disabled", "not_disabled"),
    "religion": ("none", "buddhist", "christian", "hindu", "jewish", "muslim", "sikh", "another_religion"),
    "sexual_orientation": ("heterosexual", "gay_or_lesbian", "bisexual", "another_orientation"),
}
"""What people may be asked about themselves, and what they may answer."""

SMALLEST_NUMBER = 5
"""No smaller number of people with a characteristic is shown."""


@dataclass(frozen=True, slots=True)
class CharacteristicAnswers:
    """What one person who takes part in `area` said of themselves; nobody has to say anything."""

    area: str
    side: Side
    answers: Mapping[str, str]


def publishable(number: int) -> int | None:
    """The number of people with a characteristic as it may be shown: to the nearest five, and None below five.

    As all of them are rounded, no smaller number follows from the difference of two areas, periods or totals.
    """
    return None if number < SMALLEST_NUMBER else (number + 2) // 5 * 5
