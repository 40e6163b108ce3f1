import asyncio
from dataclasses import replace

from adapters.cached_directory import CachedDirectory
from ports.agencies import Agency

VLO = Agency("eastmoor-vlo", "vlo", "eastmoor", "Eastmoor Victim Liaison", their_keys=("whsec_b25l",))


class Directory:
    def __init__(self) -> None:
        self.agencies: dict[str, Agency] = {}
        self.asked = 0

    async def find(self, agency: str, area: str, question: str = "") -> Agency | None:
        return None

    async def get_by_id(self, id: str) -> Agency | None:
        self.asked += 1
        return self.agencies.get(id)


async def test_an_agency_is_looked_up_once_a_moment() -> None:
    directory = Directory()
    directory.agencies[VLO.id] = VLO
    cached = CachedDirectory(directory, seconds=60)

    assert [await cached.get_by_id(VLO.id) for _ in range(3)] == [VLO] * 3
    assert directory.asked == 1


async def test_a_key_that_was_withdrawn_counts_for_that_moment_only() -> None:
    directory = Directory()
    directory.agencies[VLO.id] = VLO
    cached = CachedDirectory(directory, seconds=0.05)
    await cached.get_by_id(VLO.id)

    directory.agencies[VLO.id] = replace(VLO, their_keys=())
    await asyncio.sleep(0.06)
    found = await cached.get_by_id(VLO.id)
    assert found is not None
    assert found.their_keys == ()

    del directory.agencies[VLO.id]
    await asyncio.sleep(0.06)
    assert await cached.get_by_id(VLO.id) is None


async def test_that_an_agency_is_not_there_is_not_remembered() -> None:
    directory = Directory()
    cached = CachedDirectory(directory, seconds=60)
    assert await cached.get_by_id(VLO.id) is None

    directory.agencies[VLO.id] = VLO
    assert await cached.get_by_id(VLO.id) == VLO
