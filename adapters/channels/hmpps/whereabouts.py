"""Where a person of the register is: in custody, supervised in the community, or neither.

The register has no field for it. docs/decisions/0019-tracing-through-the-register.md has the rule and its limits.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from adapters.channels.hmpps.records import Managers, Sentence
from domain.vocabulary import AgencyKind, Whereabouts


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a person is, and who works with them: `code` is the register's own, of a prison or a team.

    `officer_code` is that of the team whose officer prepares for the release of somebody in prison; None: nobody does.
    """

    whereabouts: Whereabouts
    kind: AgencyKind | None = None
    code: str = ""
    officer_code: str | None = None


def place_from_managers(managers: Managers) -> Placement | None:
    """A person with a manager in prison is there, also where somebody outside prepares for their release.

    Return None where nobody works with the person: the register may then have managers without name, prison and team.
    """
    prison, community = managers.prison_offender_manager, managers.community_offender_manager
    team = community.team.code if community and community.team else ""
    has_officer = bool(team or (community and community.name and (community.name.forename or community.name.surname)))
    if prison is not None:
        code = prison.prison.code if prison.prison else ""
        if prison.forename or prison.surname or code:
            return Placement(Whereabouts.CUSTODY, AgencyKind.PRISON, code, team if has_officer else None)
    return Placement(Whereabouts.COMMUNITY_SUPERVISED, AgencyKind.PROBATION, team) if has_officer else None


def place_from_sentences(sentences: Iterable[Sentence]) -> Placement:
    """A person without a manager is where their running sentences say, or unsupervised without any."""
    running = [sentence for sentence in sentences if sentence.is_active]
    if not running:
        return Placement(Whereabouts.UNSUPERVISED)
    if any(sentence.is_custodial for sentence in running):
        return Placement(Whereabouts.CUSTODY, AgencyKind.PRISON)
    return Placement(Whereabouts.COMMUNITY_SUPERVISED, AgencyKind.PROBATION)
