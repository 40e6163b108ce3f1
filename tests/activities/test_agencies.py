"""An ask that arrives, fails, is refused, paused or cancelled, as the real case file stores it."""

import asyncio
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.agencies import AgencyActivities
from adapters.postgres.agency_pauses import PostgresAgencyPauses
from adapters.postgres.asks import PostgresAsks, mark_update_told
from adapters.postgres.case_file import PostgresCaseFile
from adapters.postgres.directory import PostgresDirectory
from domain.agency_updates import CaseUpdate, UpdateKind
from domain.effects import Ask, CancelAsk
from domain.vocabulary import PERSON, AgencyRef, CaseRef, WaitKind
from ports.agencies import Agency, ChannelName, Unreachable
from ports.agency_views import ALL_AGENCIES
from ports.directory import AgencyEdit
from queries.case_history import CaseHistory, SentAsk
from queries.tasks import TaskQueries
from tests.adapters.batches import create_batch
from workflows.policies import ASK_AGENCY

pytestmark = pytest.mark.postgres

REF = CaseRef("RJ-7Q2K-9F3M")
ASK = Ask(f"{REF}.3.trace:prison", REF, "eastmoor", AgencyRef("prison"), WaitKind.TRACE, date(2027, 3, 1))
REMINDER = replace(ASK, key=f"{ASK.key}.reminder-1", reminder=1)
CANCELLATION = CancelAsk(f"{ASK.key}.cancel", REF, "eastmoor", ASK.agency, ASK.key)
PRISON = Agency(
    "eastmoor-prison",
    "prison",
    "eastmoor",
    "HMP Eastmoor",
    ChannelName.HTTP,
    "https://asks.prison.example/",
    our_keys=("whsec_b3Vycw==",),
)
CASE = """
insert into cases (
    ref, version, area, stage, step, received_at, on_hold, assigned_to, rules, policy, initiated_by, incident, state
)
values ($1, 9, 'eastmoor', 'readiness_assessed', 'preparing', now(), false, '', 1, 'adult', 'victim', '', '{}')
"""
ANOTHER = replace(PRISON, id="another-prison", address="https://another.example/")
BEGUN = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)


@dataclass
class Line:
    """A channel that fails as it is told, and remembers what came through."""

    failures: list[Exception] = field(default_factory=list)
    taken: list[tuple[str, str, str]] = field(default_factory=list)
    hangs: bool = False

    async def ask(self, agency: Agency, ask: Ask) -> None:
        await self._take("reminder" if ask.reminder else "ask", agency, ask.key)

    async def cancel(self, agency: Agency, cancellation: CancelAsk) -> None:
        await self._take("cancel", agency, cancellation.key)

    async def update(self, agency: Agency, update: CaseUpdate) -> None:
        await self._take("update", agency, update.key)

    async def ping(self, agency: Agency) -> str:
        raise NotImplementedError

    async def _take(self, what: str, agency: Agency, key: str) -> None:
        if self.hangs:
            await asyncio.sleep(60)
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append((what, agency.id, agency.address))


@dataclass
class RunActivities:
    """The activities with their real parts, and a line in the test's hands. Each attempt has 30 s, as in service."""

    pool: asyncpg.Pool
    line: Line = field(default_factory=Line)
    seconds: float = 30

    @property
    def directory(self) -> PostgresDirectory:
        return PostgresDirectory(self.pool)

    @property
    def pauses(self) -> PostgresAgencyPauses:
        return PostgresAgencyPauses(self.pool)

    async def ask(self, ask: Ask = ASK) -> None:
        await self._attempt(timedelta()).run(self._activities.ask_agency, ask)

    async def cancel(self, after: timedelta = timedelta(minutes=1)) -> None:
        """Cancel the ask; `after` it was decided to."""
        await self._attempt(after).run(self._activities.cancel_ask, CANCELLATION)

    async def update(self, update: "CaseUpdate | None" = None) -> None:
        await self._attempt(timedelta()).run(self._activities.update_agency, update or UPDATE)

    @property
    def _activities(self) -> AgencyActivities:
        return AgencyActivities(self.directory, PostgresAsks(self.pool), self.line, random.Random(4))

    def _attempt(self, after: timedelta) -> ActivityEnvironment:
        environment = ActivityEnvironment()
        environment.info = replace(
            environment.info,
            start_to_close_timeout=timedelta(seconds=self.seconds),
            retry_policy=ASK_AGENCY["retry_policy"],
            scheduled_time=BEGUN,
            started_time=BEGUN + after,
        )
        return environment

    async def fails(self, ask: Ask = ASK) -> ApplicationError:
        with pytest.raises(ApplicationError) as raised:
            await self.ask(ask)
        return raised.value

    async def get_ask(self, key: str = ASK.key) -> SentAsk:
        return next(ask for ask in await CaseHistory(self.pool).list_asks(REF) if ask.key == key)

    async def list_attempts(self, key: str = ASK.key) -> list[tuple[str, str, str, str, str]]:
        tried = (await self.get_ask(key)).attempts
        return [(attempt.outcome, attempt.error, attempt.agency, attempt.channel, attempt.address) for attempt in tried]


@pytest.fixture
async def activities(pool: asyncpg.Pool) -> RunActivities:
    activities = RunActivities(pool)
    await activities.directory.save(PRISON)
    return activities


def by_http(outcome: str, error: str = "") -> tuple[str, str, str, str, str]:
    return (outcome, error, PRISON.id, "http", PRISON.address)


async def test_an_ask_that_arrives_is_kept_with_the_agency_it_reached_and_how(activities: RunActivities) -> None:
    await activities.ask()

    assert activities.line.taken == [("ask", PRISON.id, PRISON.address)]
    assert await activities.list_attempts() == [by_http("delivered")]


async def test_an_ask_that_has_arrived_is_not_sent_again(activities: RunActivities) -> None:
    await activities.ask()
    await activities.ask()

    assert len(activities.line.taken) == 1
    assert len(await activities.list_attempts()) == 1


async def test_what_fails_is_tried_again_ever_more_slowly_and_each_attempt_is_kept(activities: RunActivities) -> None:
    activities.line.failures = [Unreachable("status 503"), Unreachable("timeout"), Unreachable("broken_off")]
    failed = [await activities.fails() for _ in range(3)]

    assert [(failure.type, failure.message, failure.non_retryable) for failure in failed] == [
        ("failed", "status 503", False),
        ("failed", "timeout", False),
        ("failed", "broken_off", False),
    ]
    for failure, longest in zip(failed, (1, 2, 4), strict=True):
        assert failure.next_retry_delay is not None
        assert longest / 2 <= failure.next_retry_delay.total_seconds() <= longest

    await activities.ask()

    errors = ("status 503", "timeout", "broken_off")
    assert await activities.list_attempts() == [*(by_http("failed", error) for error in errors), by_http("delivered")]


async def test_the_time_of_the_next_try_can_be_read_while_it_fails_and_no_longer(activities: RunActivities) -> None:
    activities.line.failures = [Unreachable("status 429", retry_after=600)]
    failed = await activities.fails()

    assert failed.next_retry_delay == timedelta(minutes=10)
    next_try_at = (await activities.get_ask()).next_try_at
    assert next_try_at is not None
    assert abs(next_try_at - datetime.now(UTC) - timedelta(minutes=10)) < timedelta(seconds=30)

    await activities.ask()
    assert (await activities.get_ask()).next_try_at is None


async def test_pauses_continue_to_grow_where_temporal_counts_again(activities: RunActivities) -> None:
    """A case that is continued as a new run starts its asks again, from Temporal's first attempt."""
    activities.line.failures = [Unreachable("timeout")] * 14
    delays = [(await activities.fails()).next_retry_delay for _ in range(14)]

    assert delays[-1] is not None
    assert timedelta(minutes=30) <= delays[-1] <= timedelta(hours=1)


async def test_an_attempt_that_hangs_is_kept_before_the_engine_gives_it_up(activities: RunActivities) -> None:
    activities.line.hangs, activities.seconds = True, 0.3

    assert (await activities.fails()).type == "failed"
    assert await activities.list_attempts() == [by_http("failed", "timeout")]


async def test_a_mistake_of_a_channel_is_kept_by_its_kind_and_tried_again_and_logged_with_its_place(
    activities: RunActivities, caplog: pytest.LogCaptureFixture
) -> None:
    activities.line.failures = [LookupError("Sam Example is not in here")]
    failed = await activities.fails()

    assert (failed.type, failed.message, failed.non_retryable) == ("failed", "LookupError", False)
    assert await activities.list_attempts() == [by_http("failed", "LookupError")]
    assert f"LookupError at {__file__}:" in caplog.text
    assert "Sam" not in caplog.text


async def test_what_is_refused_for_good_is_kept_and_not_tried_again(activities: RunActivities) -> None:
    activities.line.failures = [Unreachable("status 404", permanent=True)]
    refused = await activities.fails()

    assert (refused.type, refused.message, refused.non_retryable) == ("refused", "status 404", True)
    assert await activities.list_attempts() == [by_http("refused", "status 404")]
    assert (await activities.get_ask()).next_try_at is None


async def test_where_the_directory_has_nobody_that_is_kept_and_not_tried_again(activities: RunActivities) -> None:
    nobody = replace(ASK, area="northvale")
    failed = await activities.fails(nobody)

    assert (failed.type, failed.non_retryable) == ("no_agency", True)
    assert await activities.list_attempts() == [("no_agency", "", "", "", "")]


async def test_the_entry_that_takes_this_question_is_asked(activities: RunActivities) -> None:
    register = replace(ANOTHER, questions=frozenset({"trace"}))
    await activities.directory.save(register)
    await activities.ask()
    await activities.ask(replace(ASK, key=f"{REF}.5.agency_check:prison", question=WaitKind.AGENCY_CHECK))

    assert [by for _, by, _ in activities.line.taken] == [register.id, PRISON.id]


async def test_an_agency_without_a_channel_is_asked_by_a_caseworker(activities: RunActivities) -> None:
    await activities.directory.save(replace(PRISON, channel=ChannelName.MANUAL, address=""))
    await activities.ask()
    await activities.ask()

    assert activities.line.taken == []
    assert await activities.list_attempts() == [("manual", "", PRISON.id, "manual", "")]


@pytest.mark.parametrize("paused", [ALL_AGENCIES, PRISON.id], ids=["all", "one"])
async def test_paused_asks_rest_until_they_are_resumed_and_are_kept_once(
    activities: RunActivities, paused: str
) -> None:
    await activities.pauses.pause(paused, "staff:op")
    rests = [await activities.fails() for _ in range(3)]

    assert {(rest.type, rest.non_retryable, rest.next_retry_delay) for rest in rests} == {
        ("paused", False, timedelta(minutes=1))
    }
    assert activities.line.taken == []
    assert await activities.list_attempts() == [by_http("paused")]
    assert (await activities.get_ask()).next_try_at is not None

    await activities.pauses.resume(paused, "staff:op")
    await activities.ask()

    assert await activities.list_attempts() == [by_http("paused"), by_http("delivered")]


async def test_while_another_agency_is_paused_this_one_is_asked(activities: RunActivities) -> None:
    await activities.directory.save(ANOTHER)
    await activities.pauses.pause(ANOTHER.id, "staff:op")
    await activities.ask(replace(ASK, agency=AgencyRef(f"prison:{PRISON.id}")))

    assert await activities.list_attempts() == [by_http("delivered")]


async def test_a_long_rest_makes_the_next_pause_no_longer(activities: RunActivities) -> None:
    await activities.pauses.pause(ALL_AGENCIES, "staff:op")
    for _ in range(5):
        await activities.fails()
    await activities.pauses.resume(ALL_AGENCIES, "staff:op")
    activities.line.failures = [Unreachable("timeout")]

    delay = (await activities.fails()).next_retry_delay
    assert delay is not None
    assert delay <= timedelta(seconds=1)


async def test_a_reminder_goes_to_the_agency_that_has_the_ask_at_its_present_address(activities: RunActivities) -> None:
    await activities.ask()
    await activities.directory.save(replace(ANOTHER, questions=frozenset({"trace"})))
    await activities.directory.edit(PRISON.id, AgencyEdit(address="https://moved.example/"), "staff:op")
    await activities.ask(REMINDER)

    assert activities.line.taken[-1] == ("reminder", PRISON.id, "https://moved.example/")


async def test_a_reminder_of_an_ask_that_a_former_agency_has_goes_to_its_successor(activities: RunActivities) -> None:
    await activities.ask()
    await activities.directory.save(ANOTHER)
    await activities.directory.edit(PRISON.id, AgencyEdit(active=False), "staff:op")
    await activities.ask(REMINDER)

    assert activities.line.taken[-1] == ("reminder", ANOTHER.id, ANOTHER.address)


async def test_a_cancellation_goes_to_the_agency_that_took_the_ask_and_not_to_the_present_one(
    activities: RunActivities,
) -> None:
    await activities.ask()
    await activities.directory.save(replace(ANOTHER, questions=frozenset({"trace"})))
    await activities.cancel()
    await activities.cancel()

    assert activities.line.taken[1:] == [("cancel", PRISON.id, PRISON.address)]
    assert await activities.list_attempts(CANCELLATION.key) == [by_http("delivered")]


async def test_a_cancellation_goes_to_the_agency_that_took_the_reminder_where_the_ask_itself_never_arrived(
    activities: RunActivities,
) -> None:
    activities.line.failures = [Unreachable("timeout")]
    await activities.fails()
    await activities.ask(REMINDER)
    await activities.cancel()

    assert [what for what, *_ in activities.line.taken] == ["reminder", "cancel"]


@pytest.mark.parametrize("code", ["refused", "unknown_name", "status 503", "status 429", "smtp 451"])
async def test_an_ask_that_never_arrived_is_cancelled_nowhere(activities: RunActivities, code: str) -> None:
    activities.line.failures = [Unreachable(code)]
    await activities.fails()
    await activities.cancel()
    await activities.cancel()

    assert activities.line.taken == []
    assert await activities.list_attempts(CANCELLATION.key) == [("not_needed", "", "", "", "")]


@pytest.mark.parametrize("code", ["timeout", "broken_off", "status 409", "status 500", "status 502", "status 504"])
async def test_an_ask_that_may_have_arrived_is_cancelled_where_it_was_sent(
    activities: RunActivities, code: str
) -> None:
    activities.line.failures = [Unreachable(code), Unreachable("refused")]
    await activities.fails()
    await activities.fails()
    await activities.directory.save(replace(ANOTHER, questions=frozenset({"trace"})))
    await activities.cancel()

    assert activities.line.taken == [("cancel", PRISON.id, PRISON.address)]


async def test_an_ask_whose_sender_was_killed_is_cancelled_where_it_was_being_sent(
    activities: RunActivities,
) -> None:
    await PostgresAsks(activities.pool).start_attempt(ASK, PRISON)
    await activities.directory.save(replace(ANOTHER, questions=frozenset({"trace"})))
    await activities.cancel()

    assert activities.line.taken == [("cancel", PRISON.id, PRISON.address)]


async def test_it_can_be_read_where_an_ask_is_being_sent(activities: RunActivities) -> None:
    activities.line.hangs = True
    asking = asyncio.create_task(activities.ask())
    async with asyncio.timeout(120):
        while not await CaseHistory(activities.pool).list_asks(REF):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    assert await activities.list_attempts() == [by_http("sending")]
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


async def test_an_ask_of_which_no_attempt_was_kept_is_cancelled_where_it_would_have_gone(
    activities: RunActivities,
) -> None:
    await activities.directory.save(replace(ANOTHER, questions=frozenset({"approach"})))
    await activities.cancel()

    assert activities.line.taken == [("cancel", PRISON.id, PRISON.address)]


async def test_where_nothing_was_sent_no_caseworker_has_to_call_an_ask_back(activities: RunActivities) -> None:
    await activities.directory.save(replace(PRISON, channel=ChannelName.MANUAL, address=""))
    await activities.cancel()

    assert await activities.list_attempts(CANCELLATION.key) == [("not_needed", "", "", "", "")]


async def test_an_ask_that_found_no_agency_is_cancelled_nowhere(activities: RunActivities) -> None:
    await activities.directory.edit(PRISON.id, AgencyEdit(active=False), "staff:op")
    await activities.fails()
    await activities.directory.edit(PRISON.id, AgencyEdit(active=True), "staff:op")
    await activities.cancel()

    assert activities.line.taken == []


async def test_an_ask_that_may_still_be_under_way_is_cancelled_once_that_is_known(activities: RunActivities) -> None:
    with pytest.raises(ApplicationError) as raised:
        await activities.cancel(after=timedelta(seconds=1))
    assert (raised.value.non_retryable, raised.value.next_retry_delay) == (False, timedelta(seconds=29))

    await activities.ask()
    await activities.cancel(after=timedelta(seconds=30))

    assert [what for what, *_ in activities.line.taken] == ["ask", "cancel"]


async def test_an_ask_that_a_caseworker_put_is_cancelled_by_a_caseworker(activities: RunActivities) -> None:
    await activities.directory.save(replace(PRISON, channel=ChannelName.MANUAL, address=""))
    await activities.ask()
    await activities.cancel()

    assert await activities.list_attempts(CANCELLATION.key) == [("manual", "", PRISON.id, "manual", "")]


async def list_tasks(activities: RunActivities) -> list[str]:
    """What caseworkers have to tell agencies."""
    return [task.what for task in await TaskQueries(activities.pool).list_update_tasks(areas=["eastmoor"])]


TELL_NOT_TO = "Tell HMP Eastmoor, if it has been asked, not to trace the offender: the request is cancelled. Contact: "


async def test_telling_an_agency_of_a_cancelled_request_is_a_task_until_it_is_told_or_asked_again(
    activities: RunActivities,
) -> None:
    """3.1c, 1.2c: a prison that was rung must hear that it is to stop."""
    await activities.pool.execute(CASE, REF)
    await activities.directory.save(replace(PRISON, channel=ChannelName.MANUAL, address="", contact="01632 960001"))
    await activities.ask()
    await activities.cancel()
    assert await list_tasks(activities) == [f"{TELL_NOT_TO}01632 960001."]

    again = replace(ASK, key=f"{REF}.5.trace:prison")
    await activities.ask(again)
    assert await list_tasks(activities) == []

    await activities.pool.execute("delete from ask_attempts where key = $1", again.key)
    await activities.pool.execute("delete from asks where key = $1", again.key)
    assert await mark_update_told(activities.pool, CANCELLATION.key, "staff:c.okafor")
    assert await list_tasks(activities) == []


async def test_what_must_not_wait_is_told_in_person_while_it_cannot_be_sent(activities: RunActivities) -> None:
    """3.1: a cancelled request and a cancelled day, where nothing is sent to the agency, or its server fails."""
    await activities.pool.execute(CASE, REF)
    await activities.ask()
    await activities.pauses.pause(PRISON.id, "staff:op")
    with pytest.raises(ApplicationError, match="paused"):
        await activities.cancel()
    with pytest.raises(ApplicationError, match="paused"):
        await activities.update()
    with pytest.raises(ApplicationError, match="paused"):
        await activities.update(replace(UPDATE, key=f"{REF}.9.update.on_hold", changed=(UpdateKind.ON_HOLD,)))
    told = await list_tasks(activities)
    assert [what.partition(":")[0] for what in told] == [TELL_NOT_TO.partition(":")[0], "Tell HMP Eastmoor"]
    assert "is cancelled. Nobody should travel or prepare for it. It has not been sent." in told[1]

    await activities.pauses.resume(PRISON.id, "staff:op")
    activities.line.failures = [Unreachable("status 503")]
    with pytest.raises(ApplicationError, match="503"):
        await activities.update()
    assert len(await list_tasks(activities)) == 1, "it is tried again within minutes"
    await activities.pool.execute(
        "update asks set failing_since = now() - interval '11 minutes' where key = $1", UPDATE.key
    )
    assert len(await list_tasks(activities)) == 2
    await activities.update()
    await activities.cancel()
    assert await list_tasks(activities) == []


async def test_an_agency_that_left_the_directory_cannot_be_reached(activities: RunActivities) -> None:
    await activities.ask()
    await activities.directory.edit(PRISON.id, AgencyEdit(active=False), "staff:op")

    with pytest.raises(ApplicationError) as raised:
        await activities.cancel()

    assert (raised.value.type, raised.value.non_retryable) == ("no_agency", True)


async def test_cancellations_rest_and_fail_like_asks(activities: RunActivities) -> None:
    await activities.ask()
    await activities.pauses.pause(PRISON.id, "staff:op")
    with pytest.raises(ApplicationError, match="paused"):
        await activities.cancel()
    await activities.pauses.resume(PRISON.id, "staff:op")
    activities.line.failures = [Unreachable("status 503"), Unreachable("status 410", permanent=True)]
    for _ in range(2):
        with pytest.raises(ApplicationError):
            await activities.cancel()

    assert await activities.list_attempts(CANCELLATION.key) == [
        by_http("paused"),
        by_http("failed", "status 503"),
        by_http("refused", "status 410"),
    ]


UPDATE = CaseUpdate(f"{REF}.9.update.prison", REF, "eastmoor", "prison", 9, (UpdateKind.DAY_CANCELLED,))


async def test_an_update_goes_once_to_the_entry_that_was_asked_and_not_to_the_present_one(
    activities: RunActivities,
) -> None:
    """3.1b."""
    await activities.ask()
    await activities.directory.save(replace(ANOTHER, questions=frozenset({"trace"})))
    await activities.update()
    await activities.update()
    assert activities.line.taken[1:] == [("update", PRISON.id, PRISON.address)]
    assert await activities.list_attempts(UPDATE.key) == [by_http("delivered")]


async def test_where_no_request_has_arrived_there_is_no_update(activities: RunActivities) -> None:
    await activities.update()
    assert (activities.line.taken, await activities.list_attempts(UPDATE.key)) == ([], [("not_needed", "", "", "", "")])


async def test_an_agency_that_staff_spoke_for_is_told_though_no_request_has_arrived(activities: RunActivities) -> None:
    """3.1a: where it was rung, its answer is recorded on its behalf."""
    await activities.directory.save(replace(PRISON, channel=ChannelName.MANUAL, address=""))
    spoken = {"role": "caseworker", "id": "c.okafor", "on_behalf_of": "prison"}
    batch = create_batch(1, ref=REF)
    spoken_for = replace(batch, entries=(replace(batch.entries[0], by=spoken),))
    await PostgresCaseFile(activities.pool).write(spoken_for)
    await activities.update()
    assert await activities.list_attempts(UPDATE.key) == [("manual", "", PRISON.id, "manual", "")]


async def test_the_register_is_sent_no_update(activities: RunActivities) -> None:
    """3.1c: neither because it was asked, nor because the entry of a referrer has become the register."""
    register = replace(PRISON, channel=ChannelName.HMPPS, questions=frozenset({"trace"}))
    await activities.directory.save(register)
    await activities.ask()
    await activities.update()
    await activities.update(replace(UPDATE, key=f"{UPDATE.key}-2", was_asked=False))
    assert [what for what, *_ in activities.line.taken] == ["ask"]


async def test_an_update_that_is_refused_or_made_by_hand_is_a_task_until_it_is_told(
    activities: RunActivities,
) -> None:
    """3.1c."""
    await activities.ask()
    activities.line.failures = [Unreachable("status 422", permanent=True)]
    with pytest.raises(ApplicationError):
        await activities.update()
    person = replace(UPDATE, key=f"{REF}.9.update.person", agency=PERSON, was_asked=False)
    await activities.update(person)
    await activities.pool.execute(CASE, REF)
    tasks = {task.agency: task for task in await TaskQueries(activities.pool).list_update_tasks(areas=["eastmoor"])}
    assert {agency: task.has_failed for agency, task in tasks.items()} == {"prison": True, "person": False}
    assert tasks["prison"].what.startswith("Tell HMP Eastmoor: The day that was set, ")
    for task in tasks.values():
        assert await mark_update_told(activities.pool, task.key, "staff:c.okafor")
    assert await TaskQueries(activities.pool).list_update_tasks() == ()


async def test_a_referrer_that_was_asked_nothing_is_told_by_the_directory(activities: RunActivities) -> None:
    """3.1e."""
    await activities.update(replace(UPDATE, was_asked=False))
    assert activities.line.taken == [("update", PRISON.id, PRISON.address)]
