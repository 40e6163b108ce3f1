"""Which agency works with the offender: it depends on where they are, and it is known by its kind where none is named.

An agency that is named by its kind is the one of the area. If it is not the right one, it returns what it is asked, and
a supervisor has to find out who is.
"""

from domain.case import Case
from domain.routes import responsible_for
from domain.steps import is_under_18, responsible
from domain.vocabulary import AgeGroup, AgencyKind, AgencyRef, Side, Whereabouts, agency_kind

HELD_BY: dict[Whereabouts, AgencyKind] = {
    Whereabouts.CUSTODY: AgencyKind.PRISON,
    Whereabouts.HOSPITAL: AgencyKind.HOSPITAL,
    Whereabouts.IMMIGRATION_DETENTION: AgencyKind.IMMIGRATION,
}
"""Who is responsible where the offender is held."""

IN_THE_COMMUNITY = frozenset({AgencyKind.PROBATION, AgencyKind.YOUTH_OFFENDING_TEAM})


def community_agency(case: Case) -> AgencyRef:
    """Who supervises the offender outside: probation, or the youth offending team."""
    on_youth_order = case.request.offender_age_group is AgeGroup.ADULT_ON_YOUTH_ORDER
    is_young = on_youth_order or is_under_18(case, Side.OFFENDER)
    return AgencyRef((AgencyKind.YOUTH_OFFENDING_TEAM if is_young else AgencyKind.PROBATION).value)


def responsible_after(case: Case, whereabouts: Whereabouts | None) -> AgencyRef | None:
    """Who is responsible where the offender is at `whereabouts` now and nobody is named; None if that must be stated.

    An agency that held them is no longer responsible once they are elsewhere, nor is probation once they are held.
    """
    before = responsible(case)
    kind = agency_kind(before)
    if whereabouts is None:
        return before
    if kind is AgencyKind.RESTORATIVE_SERVICE or whereabouts in (Whereabouts.UNSUPERVISED, Whereabouts.ABROAD):
        return responsible_for(whereabouts, None)
    holder = HELD_BY.get(whereabouts)
    if holder is None:
        known = case.progress.may_also_answer or community_agency(case)
        return known if kind in HELD_BY.values() else before
    return before if kind in (holder, AgencyKind.YOUTH_OFFENDING_TEAM) else AgencyRef(holder.value)


def other_contact(
    case: Case, agency: AgencyRef, whereabouts: Whereabouts | None, named: AgencyRef | None
) -> AgencyRef | None:
    """Who else may approach the offender than the responsible `agency`: for a prisoner, who supervises them outside.

    Where nobody is named, it is who was known before.
    """
    if named is None and whereabouts is Whereabouts.CUSTODY and agency_kind(agency) is AgencyKind.PRISON:
        before = responsible(case)
        named = before if agency_kind(before) in IN_THE_COMMUNITY else case.progress.may_also_answer
    return named if named != agency else None
