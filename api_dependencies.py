"""What the HTTP API needs, created from the connections and the settings."""

from collections.abc import Callable
from email.utils import parseaddr
from functools import partial

from adapters.cached_directory import CachedDirectory
from adapters.channels.answers import InboxAnswers
from adapters.channels.factories import open_channels
from adapters.clock import StackClock
from adapters.connections import Connections
from adapters.postgres.agency_pauses import PostgresAgencyPauses
from adapters.postgres.area_settings import PostgresAreaSettings
from adapters.postgres.asks import mark_update_told
from adapters.postgres.bulk_selections import PostgresBulkSelections
from adapters.postgres.covers import PostgresCovers
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.grouped_inbox import GroupedInbox
from adapters.postgres.idempotency import PostgresIdempotencyStore
from adapters.postgres.inbox_decisions import PostgresInboxDecisions
from adapters.postgres.keys import PostgresKeys
from adapters.postgres.monitoring import PostgresMonitoring
from adapters.postgres.notification_actions import PostgresNotificationActions
from adapters.postgres.policies import PostgresPolicies
from adapters.postgres.pool import UNAVAILABLE_ERRORS
from adapters.postgres.receipts import PostgresReceipts
from adapters.postgres.refused_messages import PostgresRefusedMessages
from adapters.postgres.seen import save_seen
from adapters.postgres.staff import PostgresStaff
from adapters.postgres.vault import PostgresVault
from adapters.postgres.victim_links import PostgresVictimLinks
from adapters.requests.intake import RequestIntake, check_offender_age, read_offender_details, read_victim_details
from adapters.temporal.cases import TemporalCases
from api.dependencies import AnswerPageServices, Dependencies, StaffServices
from application.change_feed import ChangeFeed
from application.context import CaseworkContext
from application.digests import DigestMaker
from application.ping import ping
from ports.agencies import Agency
from ports.agency_views import PingResult
from queries.agencies import AgencyQueries
from queries.board import BoardQueries
from queries.case_history import CaseHistory
from queries.cases import CaseQueries
from queries.changes import ChangeQueries
from queries.commissioner_return import ReturnQueries
from queries.digests import DigestQueries
from queries.duplicates import DuplicateQueries
from queries.findings import FindingQueries
from queries.inbox import InboxQueries
from queries.names import NameQueries
from queries.news import News
from queries.offers import OfferQueries
from queries.refused_messages import RefusedMessageQueries
from queries.reports import ReportQueries
from queries.staff import StaffQueries
from queries.stuck import StuckQueries
from queries.tasks import TaskQueries
from settings import Settings


def create_dependencies(
    connections: Connections, settings: Settings, wake: Callable[[], None] = lambda: None
) -> Dependencies:
    """Create what the HTTP API needs; `wake` has new messages delivered at once."""
    pool, token = connections.pool, settings.notify_callback_token
    clock, contact = StackClock(settings.clock_file), parseaddr(settings.mail_from)[1]

    staff = _create_staff_services(connections, settings, wake, clock)
    return Dependencies(
        inbox=GroupedInbox(pool),
        directory=CachedDirectory(PostgresDirectory(pool)),
        staff=staff,
        changes=ChangeFeed(ChangeQueries(pool), UNAVAILABLE_ERRORS),
        answer_page=AnswerPageServices(InboxAnswers(pool, staff.token_key, wake), contact, clock.today),
        receipts=PostgresReceipts(pool),
        checks={"postgres": connections.is_database_available, "temporal": connections.is_temporal_available},
        public_url=settings.public_url,
        database_errors=UNAVAILABLE_ERRORS,
        on_stored=wake,
        receipts_token=token.get_secret_value() if token else "",
        temporal_ui_url=settings.temporal_ui_url,
        victim_contact=settings.notifications_contact,
    )


def _create_staff_services(
    connections: Connections, settings: Settings, wake: Callable[[], None], clock: StackClock
) -> StaffServices:
    pool = connections.pool

    async def ping_agency(agency: Agency) -> PingResult:
        async with open_channels(settings, pool) as channels:
            return await ping(channels, agency)

    key = settings.read_token_key()
    intake, monitoring = RequestIntake(pool, key, clock, wake), PostgresMonitoring(pool)
    pauses, areas = PostgresAgencyPauses(pool), PostgresAreaSettings(pool)
    stuck = StuckQueries(pool, settings.long_standing_weeks)
    return StaffServices(
        context=CaseworkContext(
            CaseQueries(pool),
            CaseHistory(pool),
            TemporalCases(connections.client),
            PostgresVault(pool),
            StaffQueries(pool),
            clock.now,
        ),
        token_key=key,
        now=clock.now,
        today=clock.today,
        idempotency=PostgresIdempotencyStore(pool),
        duplicates=DuplicateQueries(pool),
        stuck=stuck,
        board=BoardQueries(pool),
        reports=ReportQueries(pool),
        returns=ReturnQueries(pool),
        store_offer=monitoring.store_offer,
        offers=OfferQueries(pool),
        count_characteristics=monitoring.count_characteristics,
        tasks=TaskQueries(pool),
        refused_messages=RefusedMessageQueries(pool),
        resolve_refused_message=PostgresRefusedMessages(pool).resolve,
        digests=DigestMaker(DigestQueries(pool), BoardQueries(pool), stuck, News(pool), CaseQueries(pool)),
        names=NameQueries(pool),
        inbox=InboxQueries(pool),
        findings=FindingQueries(pool),
        inbox_decisions=PostgresInboxDecisions(pool),
        covers=PostgresCovers(pool),
        accept_request=intake.accept,
        import_file=intake.import_file,
        take_message_action=PostgresNotificationActions(pool).take,
        mark_update_told=partial(mark_update_told, pool),
        select_waits=PostgresBulkSelections(pool).select_waits,
        read_victim=read_victim_details,
        read_offender=read_offender_details,
        check_offender_age=check_offender_age,
        directory=PostgresDirectory(pool),
        agencies=AgencyQueries(pool),
        rotate_key=PostgresKeys(pool).rotate,
        pause_agency=pauses.pause,
        resume_agency=pauses.resume,
        ping=ping_agency,
        staff=PostgresStaff(pool),
        members=StaffQueries(pool),
        list_policies=PostgresPolicies(pool).list_policies,
        get_area_settings=areas.get,
        save_area_settings=areas.save,
        victim_links=PostgresVictimLinks(pool),
        find_refs_by_phone=PostgresVault(pool).find_refs_by_phone,
        news=News(pool),
        save_seen=partial(save_seen, pool),
    )
