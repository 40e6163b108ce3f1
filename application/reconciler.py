"""The reconciliation's rounds: which cases are looked at when, and what is kept of what is found."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import asyncpg

from application.comparison import (
    DEFAULT_STABILITY,
    QueryTimeout,
    StabilityCheck,
    WorkflowProblem,
    WorkflowQueries,
    find_confirmed_difference,
)
from domain.findings import KIND_OF, FindingCode, FindingKind
from domain.vocabulary import CaseRef
from ports.reconciliation import CaseSummary, PassResult
from queries.cases import CaseQueries
from queries.reconciliation import ReconciliationQueries

BATCH = 1000
"""How many cases are compared by lists at once: a page of Temporal's."""
AT_ONCE = 20
"""How many cases are asked at once. Each answer may cost a worker the replay of a case's history."""
CHECK_TIMEOUT = 120.0
"""Longer than the longest patience with one case; a workflow that answers ever more slowly counts as silent."""

FindingDetails = Mapping[FindingKind, str]
"""What is found of a case, as `domain.findings` writes it; nothing where all is well."""


class Findings(Protocol):
    """Keeps what is found, and until when it is so."""

    async def keep(self, ref: CaseRef, area: str, found: FindingDetails) -> None:
        """`found`, and nothing else, is so of the case `ref` now. What was found before keeps its beginning."""

    async def looked_at(self, ref: CaseRef) -> None:
        """The case `ref` was looked at now, and has not answered: what is known of it stays as it is."""

    async def refs(self) -> Sequence[CaseRef]:
        """The cases of which something is found, and those that a worker has noticed."""


class Checkpoints(Protocol):
    """Keeps how far each round has come, from one run to the next."""

    async def come_to(self, name: str) -> str:
        """The reference after which the round goes on."""

    async def keep(self, name: str, after: str) -> None:
        """The round has come to `after`; empty: it has ended, and begins anew."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Implements `activities.reconciliation.Reconciling`.

    Lists are only ever reason to look: what they say may be older than the case file. What a look finds is asked of
    the workflow itself, and has to last.
    """

    pool: asyncpg.Pool
    engine: WorkflowQueries
    findings: Findings
    progress: Checkpoints
    patience: StabilityCheck = DEFAULT_STABILITY
    stretch: int = BATCH
    at_once: int = AT_ONCE

    async def recheck_findings(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        """See the port. What was looked at longest ago comes first; an attempt that was cut off goes on with that."""
        troubled = [ref async for ref in self.engine.troubled()]
        refs = tuple(dict.fromkeys((*await self.findings.refs(), *troubled)))
        tally = PassResult()
        for batch in _batches(refs, self.at_once):
            tally = await self._look_at(batch, tally)
            yield tally
        yield replace(tally, done=True)

    async def compare_all(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        """See the port."""
        tally = so_far if so_far.position else PassResult(position=await self.progress.come_to("compare_all"))
        while not tally.done:
            cases = await ReconciliationQueries(self.pool).list_open_cases(tally.position, self.stretch)
            up_to = cases[-1].ref if len(cases) == self.stretch else ""
            differing, compared = await self._differing(tally.position, up_to, cases)
            for batch in _batches(differing, self.at_once):
                tally = await self._come_to(batch[-1], await self._look_at(batch, tally))
                yield tally
            tally = await self._come_to(up_to, replace(tally, compared=tally.compared + compared, done=not up_to))
            yield tally

    async def check_next(self, so_far: PassResult, cases: int) -> AsyncGenerator[PassResult]:
        """See the port."""
        tally = so_far if so_far.position else PassResult(position=await self.progress.come_to("check_next"))
        while not tally.done and tally.checked < cases:
            batch = await ReconciliationQueries(self.pool).list_open_cases(
                tally.position, min(self.at_once, cases - tally.checked)
            )
            tally = await self._look_at([case.ref for case in batch], tally)
            after = batch[-1].ref if batch else ""
            await self.progress.keep("check_next", after)
            tally = replace(tally, position=after, done=not after)
            yield tally

    async def _come_to(self, after: str, tally: PassResult) -> PassResult:
        await self.progress.keep("compare_all", after)
        return replace(tally, position=after)

    async def _differing(self, after: str, up_to: str, cases: Sequence[CaseSummary]) -> tuple[list[CaseRef], int]:
        """The cases of a stretch that lists and the case file disagree on, in order; and how many were compared."""
        unseen, differing, compared = {case.ref: case for case in cases}, [], 0
        async for batch in _gathered(self.engine.running(after, up_to), self.stretch):
            kept = await ReconciliationQueries(self.pool).get_summaries([each.ref for each in batch])
            differing += [each.ref for each in batch if kept.get(each.ref) != each]
            compared += len(batch)
            for each in batch:
                unseen.pop(each.ref, None)
        return sorted([*differing, *unseen]), compared + len(unseen)

    async def _look_at(self, refs: Iterable[CaseRef], tally: PassResult) -> PassResult:
        found = await asyncio.gather(*(self._look(ref) for ref in refs))
        return replace(
            tally,
            checked=tally.checked + len(found),
            unanswered=tally.unanswered + found.count(None),
            findings=tally.findings + sum(each or 0 for each in found),
        )

    async def _look(self, ref: CaseRef) -> int | None:
        """Keep what is found of a case, and say how much that is; None: it does not answer, and nothing is known."""
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                found = await self._found(ref)
        except (QueryTimeout, TimeoutError):
            await self.findings.looked_at(ref)
            return None
        await self.findings.keep(ref, await CaseQueries(self.pool).get_area(ref) or "", found)
        return len(found)

    async def _found(self, ref: CaseRef) -> FindingDetails:
        trouble = await self.engine.trouble(ref)
        # What trouble explains need not last: it is not told beside it.
        patience = self.patience if trouble is None else replace(self.patience, catches_up=1)
        try:
            difference = await find_confirmed_difference(
                ref, lambda ref: CaseQueries(self.pool).get_case(ref), self.engine, patience
            )
        except QueryTimeout:
            if trouble is None:
                raise
            return _written(trouble)
        trouble = trouble or (await self.engine.trouble(ref) if difference else None)
        if difference is None or (trouble is not None and difference.code in _BECAUSE_OF_TROUBLE):
            return _written(trouble)
        return {**_written(trouble), **_written(WorkflowProblem(difference.code, difference.facts))}


_BECAUSE_OF_TROUBLE = (FindingCode.TASK_FAILING, FindingCode.BEHIND)
"""What the engine's trouble explains, and says more of."""


def _written(trouble: WorkflowProblem | None) -> FindingDetails:
    return {} if trouble is None else {KIND_OF[trouble.code]: " ".join((trouble.code, *trouble.facts))}


def _batches(refs: Sequence[CaseRef], size: int) -> Iterable[Sequence[CaseRef]]:
    return (refs[start : start + size] for start in range(0, len(refs), size))


async def _gathered(standings: AsyncIterator[CaseSummary], size: int) -> AsyncIterator[list[CaseSummary]]:
    batch: list[CaseSummary] = []
    async for each in standings:
        batch.append(each)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
