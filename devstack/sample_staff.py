"""The staff of the embedded stack: invented people, one for each role and area, who can sign in."""

from dataclasses import dataclass

from domain.people import StaffRole
from ports.staff import EVERY_AREA, Member, areas_of

MAIL_DOMAIN = "staff.example.org"


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody with an account at the local issuer; `areas` as a token says them."""

    account: str
    role: StaffRole
    areas: tuple[str, ...]

    @property
    def member(self) -> Member:
        """They in the register of staff."""
        return Member(self.account, frozenset({self.role}), areas_of(self.areas), f"{self.account}@{MAIL_DOMAIN}")


COLLEAGUES = (
    Colleague("c.okafor", StaffRole.CASEWORKER, ("eastmoor",)),
    Colleague("d.webb", StaffRole.CASEWORKER, ("northvale",)),
    Colleague("e.ruiz", StaffRole.CASEWORKER, ("southmere",)),
    Colleague("f.kaya", StaffRole.CASEWORKER, ("westhaven",)),
    Colleague("g.novak", StaffRole.CASEWORKER, (EVERY_AREA,)),
    Colleague("s.lindqvist", StaffRole.SUPERVISOR, ("eastmoor",)),
    Colleague("t.ito", StaffRole.SUPERVISOR, ("northvale",)),
    Colleague("u.banerjee", StaffRole.SUPERVISOR, ("southmere",)),
    Colleague("v.achterberg", StaffRole.SUPERVISOR, ("westhaven",)),
    Colleague("w.sesay", StaffRole.SUPERVISOR, (EVERY_AREA,)),
    Colleague("a.moreau", StaffRole.AUDITOR, (EVERY_AREA,)),
    Colleague("o.haddad", StaffRole.ADMIN, (EVERY_AREA,)),
)


def colleague(account: str) -> Colleague | None:
    """The one of this account."""
    return next((each for each in COLLEAGUES if each.account == account), None)


def caseworker_in(area: str) -> str:
    """The account of a caseworker of `area`; where nobody works there alone, of one who works everywhere."""
    caseworkers = [each for each in COLLEAGUES if each.role is StaffRole.CASEWORKER]
    return next(each.account for each in caseworkers if {area, EVERY_AREA} & set(each.areas))


def account_for(roles: frozenset[str], areas: frozenset[str]) -> str:
    """The account of whoever has just these roles and areas, or else one that is named for them.

    A token of somebody ready-made for other areas than theirs would have the register give them these.
    """
    fitting = (each.account for each in COLLEAGUES if {each.role.value} == roles and frozenset(each.areas) == areas)
    named = [*sorted(roles), "of", *sorted(area.replace(EVERY_AREA, "everywhere") for area in areas)]
    return next(fitting, "-".join(named)[:100])
