"""The staff of the embedded stack: invented people, one for each role and area, who can sign in."""

from dataclasses import dataclass, replace
from datetime import date

from domain.people import StaffRole
from domain.vocabulary import Flag
from ports.staff import ALL_AREAS, Member, parse_areas

ACCREDITED_UNTIL = date(2045, 12, 31)
"""Long after the stack's cases, whose clock runs ahead."""
EVERYWHERE = "g.novak"
"""The caseworker of all areas."""
MAIL_DOMAIN = "staff.example.org"


@dataclass(frozen=True, slots=True)
class SampleMember:
    """Somebody with an account at the stack's issuer; `areas` as a token names them."""

    account: str
    role: StaffRole
    areas: tuple[str, ...]

    @property
    def member(self) -> Member:
        """The same person in the register of staff."""
        member = Member(self.account, frozenset({self.role}), parse_areas(self.areas), f"{self.account}@{MAIL_DOMAIN}")
        if self.role is not StaffRole.CASEWORKER:
            return member
        return replace(
            member,
            accredited_until=ACCREDITED_UNTIL,
            specialist_in=frozenset(Flag),
            languages=frozenset({"cy"} if ALL_AREAS in self.areas else ()),
            co_facilitators=frozenset({EVERYWHERE} - {self.account}),
        )


SAMPLE_STAFF = (
    SampleMember("c.okafor", StaffRole.CASEWORKER, ("eastmoor",)),
    SampleMember("d.webb", StaffRole.CASEWORKER, ("northvale",)),
    SampleMember("e.ruiz", StaffRole.CASEWORKER, ("southmere",)),
    SampleMember("f.kaya", StaffRole.CASEWORKER, ("westhaven",)),
    SampleMember(EVERYWHERE, StaffRole.CASEWORKER, (ALL_AREAS,)),
    SampleMember("s.lindqvist", StaffRole.SUPERVISOR, ("eastmoor",)),
    SampleMember("t.ito", StaffRole.SUPERVISOR, ("northvale",)),
    SampleMember("u.banerjee", StaffRole.SUPERVISOR, ("southmere",)),
    SampleMember("v.achterberg", StaffRole.SUPERVISOR, ("westhaven",)),
    SampleMember("w.sesay", StaffRole.SUPERVISOR, (ALL_AREAS,)),
    SampleMember("a.moreau", StaffRole.AUDITOR, (ALL_AREAS,)),
    SampleMember("o.haddad", StaffRole.ADMIN, (ALL_AREAS,)),
)


def find_account(account: str) -> SampleMember | None:
    """The person with this account."""
    return next((person for person in SAMPLE_STAFF if person.account == account), None)


def caseworker_in(area: str) -> str:
    """The account of a caseworker of `area`, or else of one who works in every area."""
    return next(
        person.account
        for person in SAMPLE_STAFF
        if person.role is StaffRole.CASEWORKER and {area, ALL_AREAS} & set(person.areas)
    )
