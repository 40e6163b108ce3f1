"""What messages to victims say of the service, and in which languages, for each area."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AreaSettings:
    """How the service of an area names itself to victims.

    `phone` is empty for the number that the installation has for all areas. With `welsh`, victims who want Welsh are
    sent it; without, a person tells them.
    """

    area: str
    service: str = "the restorative justice service"
    phone: str = ""
    support: str = "Victim Support on 08 08 16 89 111"
    complaints: str = "Ring us and ask for a manager."
    welsh: bool = False


class AreaSettingsStore(Protocol):
    """The settings of each area."""

    async def get(self, area: str) -> AreaSettings:
        """The settings of `area`; where nobody has set any, the defaults."""

    async def save(self, settings: AreaSettings, by: str) -> None:
        """Replace the settings of an area; `by` is an account, for the log."""
