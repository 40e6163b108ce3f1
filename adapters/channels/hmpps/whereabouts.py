"""Where a person of the register is: in custody, supervised in the community, or gone from both.

The register has no field for it. docs/decisions/0019-the-trace-through-the-register.md states the rule and its limits.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from adapters.channels.hmpps.records import CommunityManager, Managers, PrisonManager, Sentence
from domain.vocabulary import AgencyKind, Whereabouts


@dataclass(frozen=True, slots=True)
class Placement:
    """In what situation a person is, and who works with them: `code` is the register's own, of a prison or a team."""

    whereabouts: Whereabouts
    kind: AgencyKind | None = None
    code: str = ""


GONE = Placement(Whereabouts.UNSUPERVISED)


def place_from_managers(managers: Managers) -> Placement | None:
    """Whoever has a manager in prison is there, also where somebody outside prepares for their release.

    None: nobody works with the person.
    """
    prison, community = managers.prison_offender_manager, managers.community_offender_manager
    if prison is not None and _is_somebody_in_prison(prison):
        code = prison.prison.code if prison.prison else ""
        return Placement(Whereabouts.CUSTODY, AgencyKind.PRISON, code)
    if community is not None and _is_somebody_outside(community):
        code = community.team.code if community.team else ""
        return Placement(Whereabouts.COMMUNITY_SUPERVISED, AgencyKind.PROBATION, code)
    return None


def place_from_sentences(sentences: Iterable[Sentence]) -> Placement:
    """Where somebody must be whom nobody works with yet: serving what runs, or gone where nothing does."""
    running = [sentence for sentence in sentences if sentence.is_active]
    if not running:
        return GONE
    if any(sentence.is_custodial for sentence in running):
        return Placement(Whereabouts.CUSTODY, AgencyKind.PRISON)
    return Placement(Whereabouts.COMMUNITY_SUPERVISED, AgencyKind.PROBATION)


def _is_somebody_in_prison(manager: PrisonManager) -> bool:
    """The register gives a manager without a name or a prison where there is none."""
    return bool(manager.forename or manager.surname or (manager.prison and manager.prison.code))


def _is_somebody_outside(manager: CommunityManager) -> bool:
    named = manager.name is not None and bool(manager.name.forename or manager.name.surname)
    return named or (manager.team is not None and bool(manager.team.code))
