"""Which agencies are asked for the trace, in which order, and which ones check a traced offender."""

from domain.events import RequestReceived
from domain.vocabulary import PERSON, AgeGroup, AgencyKind, AgencyRef, Route, Whereabouts, agency_kind

AGENCIES: dict[Route, tuple[AgencyKind, ...]] = {
    Route.YOUTH: (AgencyKind.YOUTH_OFFENDING_TEAM,),
    Route.POLICE: (AgencyKind.VLO, AgencyKind.PROBATION, AgencyKind.PRISON),
    Route.CHARITY: (AgencyKind.CHARITY, AgencyKind.PROBATION, AgencyKind.PRISON),
}

WORKS_WITH_OFFENDERS = frozenset(
    {
        AgencyKind.PROBATION,
        AgencyKind.PRISON,
        AgencyKind.YOUTH_OFFENDING_TEAM,
        AgencyKind.HOSPITAL,
        AgencyKind.IMMIGRATION,
    }
)
"""The agencies that supervise or hold offenders, so that one of them that refers a case knows where the offender is."""

SUPERVISED_BY_HMPPS = frozenset({AgencyKind.PRISON, AgencyKind.PROBATION})


def route_of(request: RequestReceived) -> Route:
    """The first route that matches the request; the years since the offence decide nothing."""
    if request.offender_age_group in (AgeGroup.UNDER_18, AgeGroup.ADULT_ON_YOUTH_ORDER):
        return Route.YOUTH
    # A victim who is no longer in touch with the police has an officer no longer.
    return Route.POLICE if request.has_vlo and request.in_touch_with_police else Route.CHARITY


def agencies_of(request: RequestReceived) -> tuple[AgencyRef, ...]:
    """The agencies to ask for the trace, in order: first the one that referred the case, if it works with offenders."""
    agencies = tuple(AgencyRef(kind.value) for kind in AGENCIES[route_of(request)])
    if request.referred_by in ("", PERSON):
        return agencies
    referrer = AgencyRef(request.referred_by)
    if agency_kind(referrer) not in WORKS_WITH_OFFENDERS:
        return agencies
    return (referrer, *(agency for agency in agencies if agency != agency_kind(referrer).value))


def checkers_of(responsible: AgencyRef, whereabouts: Whereabouts | None) -> tuple[AgencyRef, ...]:
    """The agencies that must answer before the offender is approached.

    These are the responsible agency, the HMPPS ReHub where the offender is in prison or on probation, and a court,
    for its permission, where the offender is on bail.
    """
    checkers = [responsible]
    if agency_kind(responsible) in SUPERVISED_BY_HMPPS or whereabouts is Whereabouts.CUSTODY:
        checkers.append(AgencyRef(AgencyKind.HMPPS_REHUB.value))
    if whereabouts is Whereabouts.ON_BAIL and agency_kind(responsible) is not AgencyKind.COURT:
        checkers.append(AgencyRef(AgencyKind.COURT.value))
    return tuple(checkers)


def responsible_for(whereabouts: Whereabouts, named: AgencyRef | None) -> AgencyRef | None:
    """The agency that works with the offender: the one named, or the restorative service if nobody supervises them."""
    if named is None and whereabouts in (Whereabouts.UNSUPERVISED, Whereabouts.ABROAD):
        return AgencyRef(AgencyKind.RESTORATIVE_SERVICE.value)
    return named
