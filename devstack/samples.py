"""The sample requests: each with how its agencies behave, what staff do, and where it ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, with_config

from adapters.requests.files import read_requests
from adapters.requests.rows import InvalidRow, RequestRow
from devstack.scenarios import Behaviour, Manner, Scenario
from devstack.staff_scripts import Script, read_script
from domain.agency_updates import UpdateKind
from domain.case import Case, active_waits
from domain.events import EVENTS
from domain.reasons import Reason
from domain.vocabulary import AgencyKind, Flag, Form, Refusal, Stage, Step, WaitKind

REQUESTS = Path(__file__).with_name("requests.jsonl")
"""The sample requests that come with the service."""

_STRICT = with_config(ConfigDict(extra="forbid"))


@_STRICT
@dataclass(frozen=True, slots=True)
class End:
    """Where a sample ends: closed at `stage` for `reason`, or open and overdue at `step`, or refused at once.

    `waits_on` names the kind of wait that an open one is overdue with. On its way it `passes` entries of these events,
    in this order, which lead to these steps, where one is named. Agencies are `told` these changes. The case has these
    `flags`, each contact is of this `form`, and it ends `within_weeks` of its request.
    """

    stage: Stage | None = None
    reason: Reason | None = None
    open: bool = False
    step: Step | None = None
    waits_on: WaitKind | None = None
    refused: Refusal | None = None
    passes: tuple[tuple[str, Step | None], ...] = ()
    told: Mapping[AgencyKind, tuple[UpdateKind, ...]] = field(default_factory=dict)
    flags: frozenset[Flag] = frozenset()
    form: Form | None = None
    within_weeks: int | None = None

    def is_reached(self, case: Case) -> bool:
        """Whether `case`, which was not refused, has ended there."""
        if not self.open:
            return case.is_closed and case.stage is self.stage and case.progress.reason is self.reason
        overdue = {wait.kind for wait in active_waits(case) if wait.is_overdue}
        return case.step is self.step and self.waits_on in overdue


@_STRICT
@dataclass(frozen=True, slots=True)
class _ScenarioFields:
    expects: End
    agencies: Mapping[AgencyKind, Manner | Behaviour] = field(default_factory=dict)
    staff: tuple[Any, ...] = ()
    situation: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample request; `situation` says what it shows, if it shows something that practitioners meet."""

    row: RequestRow
    agencies: Scenario
    script: Script
    end: End
    situation: str = ""


class BadSampleError(Exception):
    """A sample request cannot be read; the text names its line and what is wrong."""


_STRICT(Behaviour)
_SCENARIO = TypeAdapter(_ScenarioFields)


def read_samples(path: Path = REQUESTS) -> list[Sample]:
    """The samples in a file of requests with scenarios. Raises BadSampleError for the first bad one."""
    samples = []
    for row in read_requests(path):
        if isinstance(row, InvalidRow):
            raise BadSampleError(str(row))
        try:
            scenario = _SCENARIO.validate_python(dict(row.scenario))
            script = read_script(row.source_id, scenario.staff)
            if unknown := [event for event, _ in scenario.expects.passes if event not in EVENTS]:
                raise ValueError(f"there is no event {unknown[0]!r}")  # noqa: TRY301 - as what pydantic raises
        except ValueError as error:
            raise BadSampleError(f"line {row.line}: {error}") from error
        agencies = {
            kind: behaviour if isinstance(behaviour, Behaviour) else Behaviour(behaviour)
            for kind, behaviour in scenario.agencies.items()
        }
        samples.append(Sample(row, agencies, script, scenario.expects, scenario.situation))
    return samples
