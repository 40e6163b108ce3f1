"""Members of staff: what they may do, and in which areas."""

from dataclasses import dataclass
from enum import StrEnum

from domain.vocabulary import Role


class StaffRole(StrEnum):
    """What a person may do: a caseworker moves cases, a supervisor does that and what only supervisors may, an auditor
    reads everything, an admin keeps the directory of agencies and the register of staff.
    """

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


READERS = frozenset({StaffRole.CASEWORKER, StaffRole.SUPERVISOR, StaffRole.AUDITOR})
"""Who may look at cases."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff, or a machine that works as one. `areas` are the police-force areas whose cases they see.

    `areas` is None for whoever sees all of them.
    """

    id: str
    roles: frozenset[StaffRole]
    areas: frozenset[str] | None = None

    @property
    def account(self) -> str:
        """They as the vault, the inbox and the directory know who acted."""
        return f"staff:{self.id}"

    @property
    def records_as(self) -> Role | None:
        """In what capacity they record events; None: they record none."""
        if StaffRole.SUPERVISOR in self.roles:
            return Role.SUPERVISOR
        return Role.CASEWORKER if StaffRole.CASEWORKER in self.roles else None

    @property
    def within(self) -> tuple[str, ...] | None:
        """The areas that bound what they are shown, as a query takes them; None: none do."""
        return None if self.areas is None else tuple(sorted(self.areas))

    def may(self, *roles: StaffRole) -> bool:
        """Whether they have one of `roles`."""
        return not self.roles.isdisjoint(roles)

    def sees(self, area: str) -> bool:
        """Whether the cases of `area` are theirs to look at."""
        return self.areas is None or area in self.areas
