"""Temporal: the connection, the namespace and search attributes, and what client, worker and replayer share."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import cache

import structlog
from google.protobuf.duration_pb2 import Duration
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.plugin import SimplePlugin
from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from adapters.temporal.converter import DATA_CONVERTER
from ports.backoff import Backoff
from settings import Settings
from workflows.names import SEARCH_ATTRIBUTES

log = structlog.get_logger("adapters.temporal.client")


@cache
def _core() -> Runtime:
    """Create the runtime of Temporal's core, whose log lines go where ours go, once for the process."""
    forwarding = LogForwardingConfig(logging.getLogger("temporalio.core"))
    levels = TelemetryFilter(core_level="WARN", other_level="ERROR")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(levels, forwarding=forwarding)))


SHARED = SimplePlugin("restorative-justice", data_converter=DATA_CONVERTER)
"""How values travel: given to every client, from which workers take it, and to every replayer."""

RETENTION = Duration(seconds=30 * 86400)
"""How long a closed workflow stays visible in a namespace that we create; the case file keeps the case."""

BACKOFF = Backoff(first=0.5, longest=10.0)


async def create_client(settings: Settings, *, lazy: bool = True) -> Client:
    """Create a client of the Temporal in `settings` that connects with its first call, or now if it is not `lazy`."""
    tls: TLSConfig | bool = settings.temporal_tls
    cert, key, ca = settings.temporal_tls_files()
    if tls and (cert or ca):
        tls = TLSConfig(server_root_ca_cert=ca, client_cert=cert, client_private_key=key)
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        api_key=settings.temporal_api_key.get_secret_value() if settings.temporal_api_key else None,
        tls=tls,
        plugins=[SHARED],
        runtime=_core(),
        lazy=lazy,
    )


async def connect(settings: Settings) -> Client:
    """Wait until Temporal answers, and create a client that is connected, as a worker needs one."""
    client = await create_client(settings)
    await _repeat(client, client.service_client.check_health)
    return await create_client(settings, lazy=False)


async def wait_for_temporal(client: Client) -> None:
    """Wait until Temporal answers and has the namespace and search attributes; may be called by many at once.

    Raises ValueError for settings with which nothing can be reached.
    """
    await _repeat(client, lambda: _create_namespace(client))
    await _repeat(client, lambda: _create_search_attributes(client))


async def _repeat(client: Client, call: Callable[[], Awaitable[object]]) -> None:
    """Make a call again and again until it succeeds."""
    failures = 0
    while True:
        try:
            await call()
        except (RuntimeError, RPCError) as error:
            # A RuntimeError is what connecting raises where nobody answers.
            failures += 1
            pause = BACKOFF.pause(failures)
            reason = error.status.name if isinstance(error, RPCError) else "not_connected"
            address = client.service_client.config.target_host
            log.warning("temporal.waiting", address=address, reason=reason, again_in=round(pause, 1))
            await asyncio.sleep(pause)
        else:
            return


async def _create_namespace(client: Client) -> None:
    request = RegisterNamespaceRequest(namespace=client.namespace, workflow_execution_retention_period=RETENTION)
    try:
        await client.workflow_service.register_namespace(request)
    except RPCError as error:
        _unless(error, RPCStatusCode.ALREADY_EXISTS, "temporal.namespace_not_created")


async def _create_search_attributes(client: Client) -> None:
    operator, namespace = client.operator_service, client.namespace
    try:
        known = await operator.list_search_attributes(ListSearchAttributesRequest(namespace=namespace))
        missing = {
            key.name: int(key.indexed_value_type)
            for key in SEARCH_ATTRIBUTES
            if key.name not in known.custom_attributes
        }
        if missing:
            request = AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)  # type: ignore[arg-type]
            await operator.add_search_attributes(request)
    except RPCError as error:
        _unless(error, RPCStatusCode.ALREADY_EXISTS, "temporal.search_attributes_not_created")


def _unless(error: RPCError, expected: RPCStatusCode, event: str) -> None:
    """Temporal Cloud lets only its own tools create these; what is missing then shows at the first case."""
    if error.status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED):
        log.warning(event, status=error.status.name)
    elif error.status is not expected:
        raise error
