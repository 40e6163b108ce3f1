"""Reconciliation: which cases are compared with their workflows when, and what is stored of the findings."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, replace

from application.comparison import DEFAULT_STABILITY, StabilityCheck, find_confirmed_difference
from domain.findings import KIND_OF, FindingCode
from domain.vocabulary import CaseRef
from ports.reconciliation import CaseSummary, Checkpoints, FindingDetails, Findings, PassResult
from ports.workflow_queries import QueryTimeout, WorkflowProblem, WorkflowQueries
from queries.cases import CaseQueries

BATCH_SIZE = 1000
"""How many cases are compared by lists at once: as many as Temporal lists at once."""
CONCURRENCY = 20
"""How many workflows are queried at once. Each answer may cost a worker the replay of a case's history."""
CHECK_TIMEOUT = 120.0
"""Seconds; longer than any `StabilityCheck` takes. A workflow that answers ever more slowly counts as unanswered."""


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Implements `ports.reconciliation.ReconciliationPasses`.

    A difference between lists is only a reason to check: they may be older than the case file. A finding is what the
    workflow itself answers, confirmed.
    """

    cases: CaseQueries
    workflows: WorkflowQueries
    findings: Findings
    checkpoints: Checkpoints
    stability: StabilityCheck = DEFAULT_STABILITY
    batch_size: int = BATCH_SIZE
    concurrency: int = CONCURRENCY

    async def recheck_findings(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        """See the port. What was checked longest ago comes first, so a pass that is cut off continues with that."""
        failing = [ref async for ref in self.workflows.list_failing()]
        refs = tuple(dict.fromkeys((*await self.findings.list_refs(), *failing)))
        result = PassResult()
        for batch in _batches(refs, self.concurrency):
            result = await self._check(batch, result)
            yield result
        yield replace(result, done=True)

    async def compare_all(self, so_far: PassResult) -> AsyncGenerator[PassResult]:
        """See the port."""
        result = await self._resume("compare_all", so_far)
        while not result.done:
            cases = await self.cases.list_open_summaries(result.position, self.batch_size)
            up_to = cases[-1].ref if len(cases) == self.batch_size else ""
            differing, compared = await self._compare_lists(result.position, up_to, cases)
            for batch in _batches(differing, self.concurrency):
                result = await self._save_position("compare_all", batch[-1], await self._check(batch, result))
                yield result
            result = replace(result, compared=result.compared + compared, done=not up_to)
            result = await self._save_position("compare_all", up_to, result)
            yield result

    async def check_next(self, so_far: PassResult, cases: int) -> AsyncGenerator[PassResult]:
        """See the port."""
        result = await self._resume("check_next", so_far)
        while not result.done and result.checked < cases:
            limit = min(self.concurrency, cases - result.checked)
            batch = await self.cases.list_open_summaries(result.position, limit)
            result = await self._check([case.ref for case in batch], result)
            position = batch[-1].ref if batch else ""
            result = await self._save_position("check_next", position, replace(result, done=not position))
            yield result

    async def _resume(self, name: str, so_far: PassResult) -> PassResult:
        return so_far if so_far.position else PassResult(position=await self.checkpoints.get_position(name))

    async def _save_position(self, name: str, position: str, result: PassResult) -> PassResult:
        await self.checkpoints.save_position(name, position)
        return replace(result, position=position)

    async def _compare_lists(self, after: str, up_to: str, cases: Sequence[CaseSummary]) -> tuple[list[CaseRef], int]:
        """The cases of a batch on which Temporal's list and the case file differ, in order; and how many there are."""
        not_running, differing, compared = {case.ref for case in cases}, set[CaseRef](), 0
        running: list[CaseSummary] = []

        async def compare_running() -> None:
            in_file = await self.cases.get_summaries([case.ref for case in running])
            differing.update(case.ref for case in running if in_file.get(case.ref) != case)
            running.clear()

        async for summary in self.workflows.list_running(after, up_to):
            not_running.discard(summary.ref)
            running.append(summary)
            compared += 1
            if len(running) == self.batch_size:
                await compare_running()
        await compare_running()
        return sorted(differing | not_running), compared + len(not_running)

    async def _check(self, refs: Iterable[CaseRef], result: PassResult) -> PassResult:
        counts = await asyncio.gather(*(self._check_case(ref) for ref in refs))
        return replace(
            result,
            checked=result.checked + len(counts),
            unanswered=result.unanswered + counts.count(None),
            findings=result.findings + sum(count or 0 for count in counts),
        )

    async def _check_case(self, ref: CaseRef) -> int | None:
        """Store the findings about a case, and count them; None: it does not answer, and nothing is known."""
        try:
            async with asyncio.timeout(CHECK_TIMEOUT):
                details = await self._find(ref)
        except (QueryTimeout, TimeoutError):
            await self.findings.mark_checked(ref)
            return None
        await self.findings.save(ref, await self.cases.get_area(ref) or "", details)
        return len(details)

    async def _find(self, ref: CaseRef) -> FindingDetails:
        problem = await self.workflows.get_problem(ref)
        # What a problem explains need not last: it is no finding of its own.
        stability = self.stability if problem is None else replace(self.stability, catches_up=1)
        try:
            difference = await find_confirmed_difference(ref, self.cases.get_case, self.workflows.get_state, stability)
        except QueryTimeout:
            if problem is None:
                raise
            return _to_details(problem)
        problem = problem or (await self.workflows.get_problem(ref) if difference else None)
        if difference is None or (problem is not None and difference.code in _EXPLAINED_BY_PROBLEM):
            return _to_details(problem)
        return {**_to_details(problem), **_to_details(WorkflowProblem(difference.code, difference.facts))}


_EXPLAINED_BY_PROBLEM = (FindingCode.TASK_FAILING, FindingCode.BEHIND)
"""Differences that a problem explains, with more detail."""


def _to_details(problem: WorkflowProblem | None) -> FindingDetails:
    return {} if problem is None else {KIND_OF[problem.code]: " ".join((problem.code, *problem.facts))}


def _batches(refs: Sequence[CaseRef], size: int) -> Iterable[Sequence[CaseRef]]:
    return (refs[start : start + size] for start in range(0, len(refs), size))
