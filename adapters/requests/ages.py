"""Ages that contradict the rest of a request: the sender must say which of them is right."""

from datetime import date

from adapters.requests.field_errors import FieldError
from adapters.requests.people import Offender, Victim
from adapters.requests.written_days import age_on
from domain.events import RequestReceived
from domain.vocabulary import AgeGroup, TakesPartAs

ADULT, RESPONSIBLE = 18, 10
"""The ages from which somebody is an adult, and from which a child can have committed an offence."""


def find_age_errors(
    request: RequestReceived, victim: Victim, offender: Offender | None, today: date
) -> tuple[FieldError, ...]:
    """The errors in the ages of both people."""
    errors = find_offender_age_errors(request.offender_age_group, offender, today) if offender else ()
    is_parent = request.takes_part_as is TakesPartAs.PARENT_OR_GUARDIAN
    name = "child_date_of_birth" if is_parent else "date_of_birth"
    born: date | None = getattr(victim, name)
    if born is None or (age_on(born, today) < ADULT) == request.victim_under_18:
        return errors
    question = "is the person under 18, or is the date another one?"
    return (*errors, FieldError(f"victim.{name}", f"contradicts request.victim_under_18: {question}"))


def find_offender_age_errors(group: AgeGroup, offender: Offender, today: date) -> tuple[FieldError, ...]:
    """The errors in the offender's age, which the age group of the request may contradict."""
    if offender.date_of_birth is not None and offender.year_of_birth is not None:
        return (FieldError("offender.year_of_birth", "contradicts offender.date_of_birth: which of them is right?"),)
    if offender.date_of_birth is not None:
        field = "offender.date_of_birth"
        youngest = oldest = age_on(offender.date_of_birth, today)
    elif offender.year_of_birth is not None:
        field, oldest = "offender.year_of_birth", today.year - offender.year_of_birth
        youngest = oldest - 1
    else:
        return ()
    if group is AgeGroup.ORGANISATION:
        question = "is it a person or an organisation?"
    elif group is AgeGroup.UNDER_18 and youngest >= ADULT:
        question = "is the offender an adult, or is the date another one?"
    elif group is not AgeGroup.UNDER_18 and oldest < ADULT:
        question = "is the offender under 18, or is the date another one?"
    elif oldest < RESPONSIBLE:
        return (FieldError(field, f"says that the offender is under {RESPONSIBLE}: is the date another one?"),)
    else:
        return ()
    return (FieldError(field, f"contradicts request.offender_age_group {group}: {question}"),)
