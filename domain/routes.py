"""Which agencies are asked for the trace, in which order, and which ones check a traced offender."""

from enum import StrEnum

from domain.events import RequestReceived
from domain.policy import ADULT
from domain.vocabulary import AgeGroup, AgencyKind, AgencyRef, Whereabouts, agency_kind


class Route(StrEnum):
    """The three routes."""

    YOUTH = "youth"
    POLICE = "police"
    CHARITY = "charity"


AGENCIES: dict[Route, tuple[AgencyKind, ...]] = {
    Route.YOUTH: (AgencyKind.YOUTH_OFFENDING_TEAM,),
    Route.POLICE: (AgencyKind.VLO, AgencyKind.PROBATION, AgencyKind.PRISON),
    Route.CHARITY: (AgencyKind.CHARITY, AgencyKind.PROBATION, AgencyKind.PRISON),
}

POLICY_OF_ROUTE: dict[Route, str] = {Route.YOUTH: "youth", Route.POLICE: "adult", Route.CHARITY: "adult"}
"""The policy that applies first to a case of each route."""

SUPERVISED_BY_HMPPS = frozenset({AgencyKind.PRISON, AgencyKind.PROBATION})


def route_of(request: RequestReceived) -> Route:
    """The first route that matches the request."""
    if request.offender_age_group in (AgeGroup.UNDER_18, AgeGroup.ADULT_ON_YOUTH_ORDER):
        return Route.YOUTH
    long_ago = request.years_since_offence > ADULT.long_ago
    if request.has_vlo and request.in_touch_with_police and not long_ago:
        return Route.POLICE
    return Route.CHARITY


def agencies_of(request: RequestReceived) -> tuple[AgencyRef, ...]:
    """The agencies to ask for the trace, in order."""
    return tuple(AgencyRef(kind.value) for kind in AGENCIES[route_of(request)])


def checkers_of(responsible: AgencyRef, whereabouts: Whereabouts | None) -> tuple[AgencyRef, ...]:
    """The agencies that must answer before the offender is approached.

    These are the responsible agency, the HMPPS ReHub where the offender is in prison or on probation, and a court,
    for its permission, where the offender is on bail.
    """
    checkers = [responsible]
    if agency_kind(responsible) in SUPERVISED_BY_HMPPS:
        checkers.append(AgencyRef(AgencyKind.HMPPS_REHUB.value))
    if whereabouts is Whereabouts.ON_BAIL and agency_kind(responsible) is not AgencyKind.COURT:
        checkers.append(AgencyRef(AgencyKind.COURT.value))
    return tuple(checkers)


def responsible_for(whereabouts: Whereabouts, named: AgencyRef | None) -> AgencyRef | None:
    """The agency that works with the offender: the one named, or the restorative service if nobody supervises them."""
    if named is None and whereabouts in (Whereabouts.UNSUPERVISED, Whereabouts.ABROAD):
        return AgencyRef(AgencyKind.RESTORATIVE_SERVICE.value)
    return named
