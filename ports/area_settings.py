"""What messages to victims say of the service, and in which languages, for each area."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class AreaSettings:
    """How the service of an area names itself to victims.

    `phone` is empty for the number that the installation has for all areas. With `welsh`, victims who want Welsh are
    sent it; without, a person tells them. What is in Welsh is empty where it is as in English.
    """

    area: str
    service: str = "the restorative justice service"
    phone: str = ""
    support: str = "Victim Support on 08 08 16 89 111"
    complaints: str = "Ring us and ask for a manager."
    welsh: bool = False
    service_in_welsh: str = ""
    support_in_welsh: str = ""
    complaints_in_welsh: str = ""

    def in_welsh(self) -> "AreaSettings":
        """The settings with the Welsh words, as far as there are any."""
        return replace(
            self,
            service=self.service_in_welsh or self.service,
            support=self.support_in_welsh or self.support,
            complaints=self.complaints_in_welsh or self.complaints,
        )


GetAreaSettings = Callable[[str], Awaitable[AreaSettings]]
"""The settings of an area; where nobody has set any, the defaults."""

SaveAreaSettings = Callable[[AreaSettings, str], Awaitable[None]]
"""Replace the settings of an area, by an account."""
