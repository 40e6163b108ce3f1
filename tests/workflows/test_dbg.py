import cProfile
import pstats
import time

import temporalio.worker._workflow_instance as wi
from temporalio.worker import UnsandboxedWorkflowRunner

from tests.workflows.conftest import *
from tests.workflows.test_signals import progress, signal_all


async def test_x(idle_cases):
    case = await idle_cases.start(contact="none")
    await signal_all(case, [progress(number) for number in range(5000)])
    orig = wi._WorkflowInstanceImpl.activate
    prof = cProfile.Profile()
    def act(self, a):
        t=time.perf_counter(); c=time.thread_time()
        first = len(a.jobs)>1000
        if first and PROF: prof.enable()
        try: return orig(self,a)
        finally:
            if first and PROF: prof.disable()
            print("activate", len(a.jobs), round(time.perf_counter()-t,3), round(time.thread_time()-c,3))
    PROF=False
    wi._WorkflowInstanceImpl.activate = act
    o=idle_cases.outside
    agencies = AgencyActivities(o.directory, o.asks, o.channel); cf=CaseFileActivities(o.casefile)
    async with Worker(idle_cases.environment.client, task_queue=idle_cases.task_queue, workflows=[RestorativeJusticeCase], activities=[cf.write_case_file, cf.find_results, agencies.ask_agency, agencies.cancel_ask], workflow_runner=UnsandboxedWorkflowRunner()):
        await case.until(lambda status: status["version"] == 5001 and not status["unwritten"])
    wi._WorkflowInstanceImpl.activate = orig
    if PROF: pstats.Stats(prof).sort_stats('tottime').print_stats(25)
