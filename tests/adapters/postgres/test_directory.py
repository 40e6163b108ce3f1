"""The directory as operators manage it, on a real PostgreSQL: entries, keys that overlap in time, paused asks."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.postgres.agency_pauses import PostgresAgencyPauses
from adapters.postgres.directory import PostgresDirectory
from adapters.postgres.keys import PostgresKeys
from ports.agencies import Agency, ChannelName
from ports.agency_views import ALL_AGENCIES, AgencyFilters, KeySide
from ports.directory import AgencyDetails, AgencyEdit, AgencyExists, InvalidAgency, UnknownAgency
from queries.agencies import AgencyQueries

pytestmark = pytest.mark.postgres

OVERLAP = timedelta(days=7)
BY = "staff:o.perator"
PROBATION = AgencyDetails(
    "eastmoor-probation",
    "probation",
    "Eastmoor Probation",
    area="eastmoor",
    channel="http",
    address="https://asks.probation.example/rj",
    contact="Duty desk, 01632 960001",
    works_on="mon-thu",
)
REGISTER = AgencyDetails("register", "probation", "The register", channel="hmpps", address="https://register.example")
COURT = AgencyDetails("courts", "court", "Courts' Listing Office")


@dataclass(frozen=True)
class DirectoryStores:
    """The directory with its parts, as the command line and the API have them."""

    directory: PostgresDirectory
    keys: PostgresKeys
    resting: PostgresAgencyPauses
    listing: AgencyQueries

    async def agency(self, id: str = PROBATION.id) -> Agency:
        """The agency as the activities and the webhook endpoint find it."""
        found = await self.directory.get_by_id(id)
        assert found is not None
        return found

    async def valid(self, side: KeySide, id: str = PROBATION.id) -> tuple[str, ...]:
        """The keys that count now."""
        agency = await self.agency(id)
        return agency.their_keys if side == "theirs" else agency.our_keys


@pytest.fixture
def stores(pool: asyncpg.Pool) -> DirectoryStores:
    return DirectoryStores(PostgresDirectory(pool), PostgresKeys(pool), PostgresAgencyPauses(pool), AgencyQueries(pool))


async def pass_by(pool: asyncpg.Pool, time: timedelta) -> None:
    """Let so much time pass for the keys: they age, rather than the clock of the server moving."""
    await pool.execute("update agency_keys set added_at = added_at - $1::interval, until = until - $1::interval", time)


async def test_an_agency_is_added_with_a_key_for_each_side(stores: DirectoryStores) -> None:
    keys = await stores.directory.add(PROBATION, BY)
    assert await stores.directory.find("probation", "eastmoor") == Agency(
        "eastmoor-probation",
        "probation",
        "eastmoor",
        "Eastmoor Probation",
        ChannelName.HTTP,
        "https://asks.probation.example/rj",
        contact="Duty desk, 01632 960001",
        works_on=frozenset({1, 2, 3, 4}),
        their_keys=(keys.theirs,),
        our_keys=(keys.ours,),
    )
    assert keys.theirs != keys.ours
    assert len(Webhook(keys.ours)._whsecret) == 32


async def test_an_id_is_added_once_and_not_changed_by_a_second_time(stores: DirectoryStores) -> None:
    await stores.directory.add(PROBATION, BY)
    before = await stores.agency()
    with pytest.raises(AgencyExists):
        await stores.directory.add(replace(COURT, id=PROBATION.id), BY)
    assert await stores.agency() == before


async def test_an_invalid_agency_is_not_added(stores: DirectoryStores) -> None:
    with pytest.raises(InvalidAgency, match=r"kind: one of vlo, .*; address: a URL"):
        await stores.directory.add(replace(PROBATION, kind="fire_brigade", address="probation.example"), BY)
    assert await stores.listing.list_agencies(AgencyFilters(active=None)) == ()


async def test_the_register_is_asked_traces_only_and_found_for_them_first(stores: DirectoryStores) -> None:
    await stores.directory.add(PROBATION, BY)
    await stores.directory.add(REGISTER, BY)
    for question, found in (("trace", REGISTER.id), ("approach", PROBATION.id), ("assessment", PROBATION.id)):
        agency = await stores.directory.find("probation", "eastmoor", question)
        assert agency is not None
        assert agency.id == found
    assert await stores.directory.find("probation", "westhaven", "approach") is None


async def test_only_named_fields_change(stores: DirectoryStores) -> None:
    await stores.directory.add(PROBATION, BY)
    before = await stores.agency()
    await stores.directory.edit(PROBATION.id, AgencyEdit(works_on="tue,wed", contact=""), BY)
    assert await stores.agency() == replace(before, works_on=frozenset({2, 3}), contact="")


async def test_an_invalid_edit_changes_nothing(stores: DirectoryStores) -> None:
    await stores.directory.add(PROBATION, BY)
    before = await stores.agency()
    with pytest.raises(InvalidAgency, match="address: one mail address"):
        await stores.directory.edit(PROBATION.id, AgencyEdit(name="Another", channel="email"), BY)
    with pytest.raises(UnknownAgency):
        await stores.directory.edit("nobody", AgencyEdit(name="Another"), BY)
    assert await stores.agency() == before


async def test_simultaneous_edits_of_different_fields_both_count(stores: DirectoryStores) -> None:
    await stores.directory.add(PROBATION, BY)
    changes = (
        AgencyEdit(name="Another"),
        AgencyEdit(contact="Elsewhere"),
        AgencyEdit(works_on="fri"),
        AgencyEdit(area="northvale"),
    )
    await asyncio.gather(*(stores.directory.edit(PROBATION.id, edit, BY) for edit in changes))
    agency = await stores.agency()
    assert (agency.name, agency.contact, agency.area) == ("Another", "Elsewhere", "northvale")
    assert agency.works_on == {5}


async def test_a_removed_agency_is_not_found_and_can_be_restored(stores: DirectoryStores) -> None:
    await stores.directory.add(PROBATION, BY)
    before = await stores.agency()
    await stores.directory.edit(PROBATION.id, AgencyEdit(active=False), BY)
    assert await stores.directory.find("probation", "eastmoor") is None
    assert await stores.directory.get_by_id(PROBATION.id) is None
    with pytest.raises(AgencyExists):
        await stores.directory.add(PROBATION, BY)

    await stores.directory.edit(PROBATION.id, AgencyEdit(active=True), BY)
    assert await stores.agency() == before


async def test_agencies_are_listed_by_filters(stores: DirectoryStores) -> None:
    for details in (PROBATION, REGISTER, COURT):
        await stores.directory.add(details, BY)
    await stores.directory.edit(COURT.id, AgencyEdit(active=False), BY)
    await stores.resting.pause(REGISTER.id, BY)

    async def list_ids(filters: AgencyFilters) -> list[str]:
        return [agency.id for agency in await stores.listing.list_agencies(filters)]

    assert await list_ids(AgencyFilters()) == [REGISTER.id, PROBATION.id]
    assert await list_ids(AgencyFilters(active=None)) == [COURT.id, REGISTER.id, PROBATION.id]
    assert await list_ids(AgencyFilters(active=False)) == [COURT.id]
    assert await list_ids(AgencyFilters(kind="court", active=None)) == [COURT.id]
    assert await list_ids(AgencyFilters(area="eastmoor")) == [PROBATION.id]
    assert await list_ids(AgencyFilters(area="")) == [REGISTER.id]
    assert await list_ids(AgencyFilters(channel="http")) == [PROBATION.id]
    assert await list_ids(AgencyFilters(paused=True)) == [REGISTER.id]
    assert await list_ids(AgencyFilters(paused=False)) == [PROBATION.id]


async def test_a_list_says_how_many_keys_there_are_and_shows_none(stores: DirectoryStores) -> None:
    keys = await stores.directory.add(PROBATION, BY)
    fresh = await stores.keys.rotate(PROBATION.id, "theirs", OVERLAP, BY)
    shown = await stores.listing.get_agency(PROBATION.id)
    assert shown is not None
    assert [key.until for key in shown.theirs] == [None, fresh.older_until]
    assert [key.until for key in shown.ours] == [None]
    assert (shown.works_on, shown.active) == ("mon-thu", True)
    secrets = {keys.theirs, keys.ours, fresh.key}
    assert not [secret for secret in secrets if secret in repr((shown, keys, fresh))]


@pytest.mark.parametrize("side", ["theirs", "ours"])
async def test_the_older_key_stays_valid_for_a_week(stores: DirectoryStores, pool: asyncpg.Pool, side: KeySide) -> None:
    keys = await stores.directory.add(PROBATION, BY)
    old, other = (keys.theirs, keys.ours) if side == "theirs" else (keys.ours, keys.theirs)
    fresh = await stores.keys.rotate(PROBATION.id, side, OVERLAP, BY)
    assert await stores.valid(side) == (fresh.key, old)
    assert fresh.older_until is not None
    assert abs(fresh.older_until - (datetime.now(UTC) + timedelta(days=7))) < timedelta(minutes=1)

    await pass_by(pool, timedelta(days=6, hours=23))
    assert await stores.valid(side) == (fresh.key, old)
    await pass_by(pool, timedelta(hours=2))
    assert await stores.valid(side) == (fresh.key,)
    assert await stores.valid("ours" if side == "theirs" else "theirs") == (other,)


async def test_without_an_overlap_the_older_keys_are_deleted_at_once(
    stores: DirectoryStores, pool: asyncpg.Pool
) -> None:
    await stores.directory.add(PROBATION, BY)
    await stores.keys.rotate(PROBATION.id, "theirs", OVERLAP, BY)
    fresh = await stores.keys.rotate(PROBATION.id, "theirs", timedelta(), BY)
    assert (await stores.valid("theirs"), fresh.older_until) == ((fresh.key,), None)
    assert await pool.fetchval("select count(*) from agency_keys where side = 'theirs'") == 1


async def test_a_second_rotation_does_not_postpone_the_end_of_a_key(
    stores: DirectoryStores, pool: asyncpg.Pool
) -> None:
    keys = await stores.directory.add(PROBATION, BY)
    second = await stores.keys.rotate(PROBATION.id, "ours", timedelta(days=2), BY)
    await pass_by(pool, timedelta(days=1))
    third = await stores.keys.rotate(PROBATION.id, "ours", OVERLAP, BY)
    assert await stores.valid("ours") == (third.key, second.key, keys.ours)
    await pass_by(pool, timedelta(days=1, hours=1))
    assert await stores.valid("ours") == (third.key, second.key)


async def test_simultaneous_rotations_leave_one_lasting_key(stores: DirectoryStores, pool: asyncpg.Pool) -> None:
    await stores.directory.add(PROBATION, BY)
    made = await asyncio.gather(*(stores.keys.rotate(PROBATION.id, "ours", OVERLAP, BY) for _ in range(5)))
    assert set(await stores.valid("ours")) > {rotated.key for rotated in made}
    await pass_by(pool, timedelta(days=8))
    assert len(await stores.valid("ours")) == 1


async def test_a_rotation_needs_an_agency_and_a_valid_overlap(stores: DirectoryStores) -> None:
    await stores.directory.add(PROBATION, BY)
    before = await stores.agency()
    for overlap in (timedelta(seconds=-1), timedelta(days=367)):
        with pytest.raises(InvalidAgency, match="overlap: from 0 to 366 days"):
            await stores.keys.rotate(PROBATION.id, "ours", overlap, BY)
    for unknown in ("nobody", "no\0body", ""):
        with pytest.raises(UnknownAgency):
            await stores.keys.rotate(unknown, "ours", OVERLAP, BY)
    assert await stores.agency() == before


async def test_a_saved_agency_has_exactly_its_keys(stores: DirectoryStores, pool: asyncpg.Pool) -> None:
    await stores.directory.add(PROBATION, BY)
    before = await stores.agency()
    await stores.keys.rotate(PROBATION.id, "ours", OVERLAP, BY)
    await stores.directory.save(before)
    await pass_by(pool, timedelta(days=8))
    assert await stores.agency() == before


async def test_one_agency_is_paused_until_it_is_resumed(stores: DirectoryStores) -> None:
    await stores.directory.add(PROBATION, BY)
    await stores.directory.add(COURT, BY)
    pause = await stores.resting.pause(PROBATION.id, BY)
    assert (pause.agency, pause.by) == (PROBATION.id, BY)
    assert (await stores.agency()).paused_since == pause.since
    assert (await stores.agency(COURT.id)).paused_since is None
    assert await stores.resting.pause(PROBATION.id, "staff:a.nother") == pause, "who paused first is kept"

    assert await stores.resting.resume(PROBATION.id, BY) == pause
    assert (await stores.agency()).paused_since is None
    assert await stores.resting.resume(PROBATION.id, BY) is None


async def test_a_pause_of_all_agencies_includes_one_that_is_added_later(stores: DirectoryStores) -> None:
    pause = await stores.resting.pause(ALL_AGENCIES, BY)
    await stores.directory.add(PROBATION, BY)
    own = await stores.resting.pause(PROBATION.id, BY)
    assert (await stores.agency()).paused_since == pause.since
    shown = await stores.listing.get_agency(PROBATION.id)
    assert shown is not None
    assert shown.pauses == await stores.listing.list_pauses() == await stores.listing.list_pauses(agency=PROBATION.id)
    assert shown.pauses == (pause, own)

    await stores.resting.resume(ALL_AGENCIES, BY)
    assert (await stores.agency()).paused_since == own.since


async def test_only_a_known_agency_can_be_paused(stores: DirectoryStores, pool: asyncpg.Pool) -> None:
    for unknown in ("nobody", "no\0body"):
        with pytest.raises(UnknownAgency):
            await stores.resting.pause(unknown, BY)
        with pytest.raises(UnknownAgency):
            await stores.resting.resume(unknown, BY)
    assert await stores.listing.list_pauses() == ()


async def test_both_sides_change_their_keys_without_a_message_lost(stores: DirectoryStores, pool: asyncpg.Pool) -> None:
    """Each side signs with what it has on that day, and the other verifies with what it has."""
    handed = await stores.directory.add(PROBATION, BY)
    theirs = (await stores.keys.rotate(PROBATION.id, "theirs", OVERLAP, BY)).key
    ours = (await stores.keys.rotate(PROBATION.id, "ours", OVERLAP, BY)).key
    for day in range(7):
        # The agency changes over on the fourth day, in both directions.
        their_keys, verifies_with = (handed.theirs, handed.ours) if day < 3 else (theirs, ours)
        agency = await stores.agency()
        assert _is_accepted(_headers("from-them", (their_keys,)), agency.their_keys)
        assert _is_accepted(_headers("from-us", agency.our_keys), (verifies_with,))
        await pass_by(pool, timedelta(days=1))
    agency = await stores.agency()
    assert not _is_accepted(_headers("from-them", (handed.theirs,)), agency.their_keys)
    assert not _is_accepted(_headers("from-us", agency.our_keys), (handed.ours,))


BODY = '{"type":"ping"}'


def _headers(id: str, keys: tuple[str, ...]) -> Mapping[str, str]:
    now = datetime.now(UTC)
    signatures = " ".join(Webhook(key).sign(id, now, BODY) for key in keys)
    return {"webhook-id": id, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signatures}


def _is_accepted(headers: Mapping[str, str], keys: tuple[str, ...]) -> bool:
    for key in keys:
        try:
            Webhook(key).verify(BODY, dict(headers))
        except WebhookVerificationError:
            continue
        return True
    return False
