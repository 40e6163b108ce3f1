"""What the HTTP API needs from outside, and one provider for each part of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request

from application.bulk import SelectWaits
from application.change_feed import ChangeFeed
from application.context import CaseworkContext
from application.digests import DigestMaker
from application.policies import ListPolicies
from ports.agencies import Agency, Directory, MarkUpdateTold
from ports.agency_admin import ManagedDirectory, PauseAgency, ResumeAgency, RotateKey
from ports.agency_views import PingResult
from ports.answer_links import AnswerLinks
from ports.area_settings import GetAreaSettings, SaveAreaSettings
from ports.authentication import Identities
from ports.covers import Covers
from ports.idempotency import IdempotencyStore
from ports.inbox import Inbox, InboxDecisions, ResolveRefusedMessage
from ports.monitoring import CountCharacteristics, StoreOffer
from ports.notifications import TakeMessageAction
from ports.receipts import ReceiptStore
from ports.requests import AcceptRequest, CheckAge, ImportFile, ReadDetails
from ports.staff import SaveSeen, StaffRegister
from ports.token_key import TokenKey
from ports.vault import FindRefsByPhone
from ports.victim_links import VictimLinks
from queries.agencies import AgencyQueries
from queries.board import BoardQueries
from queries.commissioner_return import ReturnQueries
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


@dataclass(frozen=True, slots=True)
class StaffServices:
    """What staff work with. `now` is the cases' time; `ping` tests an agency by its own channel."""

    context: CaseworkContext
    token_key: TokenKey
    now: Callable[[], datetime]
    today: Callable[[], date]
    idempotency: IdempotencyStore
    duplicates: DuplicateQueries
    stuck: StuckQueries
    board: BoardQueries
    reports: ReportQueries
    returns: ReturnQueries
    store_offer: StoreOffer
    offers: OfferQueries
    count_characteristics: CountCharacteristics
    tasks: TaskQueries
    refused_messages: RefusedMessageQueries
    resolve_refused_message: ResolveRefusedMessage
    digests: DigestMaker
    names: NameQueries
    inbox: InboxQueries
    findings: FindingQueries
    inbox_decisions: InboxDecisions
    covers: Covers
    accept_request: AcceptRequest
    import_file: ImportFile
    take_message_action: TakeMessageAction
    mark_update_told: MarkUpdateTold
    select_waits: SelectWaits
    read_victim: ReadDetails
    read_offender: ReadDetails
    check_offender_age: CheckAge
    directory: ManagedDirectory
    agencies: AgencyQueries
    rotate_key: RotateKey
    pause_agency: PauseAgency
    resume_agency: ResumeAgency
    ping: Callable[[Agency], Awaitable[PingResult]]
    staff: StaffRegister
    members: StaffQueries
    list_policies: ListPolicies
    get_area_settings: GetAreaSettings
    save_area_settings: SaveAreaSettings
    victim_links: VictimLinks
    find_refs_by_phone: FindRefsByPhone
    news: News
    save_seen: SaveSeen


@dataclass(frozen=True, slots=True)
class AnswerPageServices:
    """What the page needs on which agencies answer an email.

    `contact` is the address for their questions; `today` the cases' day, which may run ahead of the real one.
    """

    links: AnswerLinks
    contact: str
    today: Callable[[], date]


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What the HTTP API needs.

    `database_errors` are those by which a port says that the database is unavailable. `checks` are those of readiness,
    by name. `on_stored` is called after each new message, so that it is delivered at once. `public_url` is where
    agencies reach this service. Streams end when `stopping` is set. Without `identities` nobody signs in; without
    `receipts_token` no receipts of GOV.UK Notify are accepted. `temporal_ui_url` is set in the embedded stack.
    `victim_contact` is the telephone number for victims whose area has none.
    """

    inbox: Inbox
    directory: Directory
    staff: StaffServices
    changes: ChangeFeed
    answer_page: AnswerPageServices
    receipts: ReceiptStore
    checks: Mapping[str, Callable[[], Awaitable[bool]]]
    public_url: str
    database_errors: tuple[type[Exception], ...]
    on_stored: Callable[[], None] = lambda: None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    identities: Identities | None = None
    receipts_token: str = field(default="", repr=False)
    temporal_ui_url: str = ""
    victim_contact: str = ""


def get_dependencies(request: Request) -> Dependencies:
    """Return what the application was created with."""
    dependencies: Dependencies = request.app.state.dependencies
    return dependencies


def get_staff_services(request: Request) -> StaffServices:
    """Return what staff work with."""
    return get_dependencies(request).staff


Needs = Annotated[Dependencies, Depends(get_dependencies)]
Services = Annotated[StaffServices, Depends(get_staff_services)]
