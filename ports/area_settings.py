"""What messages to victims say of the service, and in which languages, for each area."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


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


GetAreaSettings = Callable[[str], Awaitable[AreaSettings]]
"""The settings of an area; where nobody has set any, the defaults."""

SaveAreaSettings = Callable[[AreaSettings, str], Awaitable[None]]
"""Replace the settings of an area, by an account."""
