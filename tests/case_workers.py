"""A worker that runs cases alone, with what a test gives it for the outside."""

from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from activities.agencies import AgencyActivities
from activities.case_file import CaseFileActivities
from adapters.temporal.ending_worker import EndingWorker
from ports.agencies import Asks, Channel, Directory
from ports.case_file import CaseFile
from tests.fakes import EveryAgency
from workflows.case import RestorativeJusticeCase


def create_case_worker(
    client: Client,
    task_queue: str,
    file: CaseFile,
    asks: Asks,
    channel: Channel,
    directory: Directory | None = None,
    **options: Any,
) -> Worker:
    """A worker on this case file; without a `directory` every agency is known. `options` are Temporal's."""
    agencies, case_file = AgencyActivities(directory or EveryAgency(), asks, channel), CaseFileActivities(file)
    return EndingWorker(
        client,
        task_queue=task_queue,
        workflows=[RestorativeJusticeCase],
        activities=[
            case_file.write_case_file,
            case_file.find_results,
            agencies.ask_agency,
            agencies.cancel_ask,
            agencies.update_agency,
        ],
        **options,
    )
