"""Members of staff: what they may do, and in which areas."""

from dataclasses import dataclass
from enum import StrEnum

from domain.vocabulary import Role


class StaffRole(StrEnum):
    """The roles of staff: caseworkers work on cases, supervisors decide as well, auditors read everything, and admins
    maintain the directory of agencies and the staff register.
    """

    CASEWORKER = "caseworker"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMIN = "admin"


READERS = frozenset({StaffRole.CASEWORKER, StaffRole.SUPERVISOR, StaffRole.AUDITOR})
"""The roles that may look at cases."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff, or a machine that works as one. `areas` are the police-force areas whose cases they see;
    None: all.
    """

    id: str
    roles: frozenset[StaffRole]
    areas: frozenset[str] | None = None

    @property
    def account(self) -> str:
        """The account under which their actions are stored."""
        return f"staff:{self.id}"

    @property
    def records_as(self) -> Role | None:
        """The role in which they record events; None: they record none."""
        if StaffRole.SUPERVISOR in self.roles:
            return Role.SUPERVISOR
        return Role.CASEWORKER if StaffRole.CASEWORKER in self.roles else None

    @property
    def within(self) -> tuple[str, ...] | None:
        """The areas that they see, as queries take them; None: all."""
        return None if self.areas is None else tuple(sorted(self.areas))

    def has_role(self, *roles: StaffRole) -> bool:
        """Whether they have one of `roles`."""
        return not self.roles.isdisjoint(roles)

    def may_see(self, area: str) -> bool:
        """Whether they may look at the cases of `area`."""
        return self.areas is None or area in self.areas
