"""The birthdays in service: a real case, a real worker, and the schedule that starts it once a week."""

import random
import uuid
from typing import Any

import pytest
from pydantic import SecretStr
from temporalio.client import Client

from adapters.postgres.pool import open_pool
from adapters.temporal.client import SHARED
from adapters.temporal.schedules import update_schedules
from devstack.embedded import TemporalServer
from domain.references import new_ref
from queries.cases import CaseQueries
from settings import Settings
from tests.fakes import REQUEST, MemoryChannel
from tests.token_keys import TOKEN_KEY_SETTING
from tests.waiting import eventually
from worker import build_worker
from workflows.names import CASE_WORKFLOW
from workflows.starting import CaseStart

pytestmark = [pytest.mark.postgres, pytest.mark.temporal]


async def test_the_schedule_has_it_recorded_that_somebody_is_18_now(dsn: str, temporal: TemporalServer) -> None:
    client = await Client.connect(temporal.address, plugins=[SHARED])
    queue, ref = f"birthdays-{uuid.uuid4().hex}", new_ref(random.SystemRandom())
    settings = Settings(token_key=TOKEN_KEY_SETTING, database_url=SecretStr(dsn), task_queue=queue, reconcile_minutes=0)
    data = {**REQUEST, "offender_age_group": "under_18"}
    request = {"id": "request", "event": "request_received", "data": data, "by": {"role": "victim"}}
    async with await open_pool(dsn) as pool, build_worker(client, pool, MemoryChannel(), queue):
        case = await client.start_workflow(CASE_WORKFLOW, CaseStart(ref, request), id=ref, task_queue=queue)
        await eventually(lambda: CaseQueries(pool).get_case(ref))
        query = "insert into vault.offenders (ref, details, written_by) values ($1, $2, 'test')"
        await pool.execute(query, ref, {"date_of_birth": "2000-02-29"})

        await update_schedules(client, settings)
        schedule = client.get_schedule_handle(f"{queue}-birthdays")
        described = await schedule.describe()
        assert {moment.weekday() for moment in described.info.next_action_times} == {0}
        await schedule.trigger()

        async def last_run() -> Any:
            actions = (await schedule.describe()).info.recent_actions
            return actions[-1].action if actions else None

        run = await eventually(last_run)
        handle = client.get_workflow_handle(run.workflow_id, run_id=run.first_execution_run_id)
        assert await handle.result() == {"recorded": 1, "left": 0}
        await eventually(lambda: pool.fetchval("select 1 from entries where ref = $1 and event = 'came_of_age'", ref))
        await schedule.delete()
        await case.terminate()
