"""People who call the API: each has a token that says who they are and where they work, without an issuer."""

from dataclasses import dataclass, field

from domain.people import Person, StaffRole
from ports.authentication import AccountDeactivated, IssuerUnavailable, TokenError, TokenRefused


def person(id: str, *roles: StaffRole, areas: tuple[str, ...] | None = None) -> Person:
    """A person; without `areas` one who sees all of them."""
    return Person(id, frozenset(roles), None if areas is None else frozenset(areas))


CASEWORKER = person("c.okafor", StaffRole.CASEWORKER)
SUPERVISOR = person("s.lindqvist", StaffRole.SUPERVISOR)
AUDITOR = person("a.moreau", StaffRole.AUDITOR)
ADMIN = person("o.haddad", StaffRole.ADMIN)
NOBODY = person("n.brandt")
EVERYBODY = (CASEWORKER, SUPERVISOR, AUDITOR, ADMIN, NOBODY)

GONE, ISSUER_AWAY, STORE_AWAY, EXPIRED = "gone", "issuer-away", "store-away", "expired"
"""Tokens that are no person's."""


@dataclass
class KnownTokens:
    """Implements `api.ports.Identities`: a token is the person's id. Every test may add people."""

    people: dict[str, Person] = field(default_factory=lambda: {person.id: person for person in EVERYBODY})

    async def person(self, token: str) -> Person:
        match token:
            case "gone":
                raise AccountDeactivated
            case "issuer-away":
                raise IssuerUnavailable
            case "store-away":
                raise ConnectionError
            case "expired":
                raise TokenRefused(TokenError.EXPIRED, "it has expired")
            case _ if token in self.people:
                return self.people[token]
            case _:
                raise TokenRefused(TokenError.SIGNATURE, "the signature does not fit")


def shows(who: Person | str) -> dict[str, str]:
    """The header by which `who`, a person or a token, signs in."""
    return {"authorization": f"Bearer {who if isinstance(who, str) else who.id}"}
