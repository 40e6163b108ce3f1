"""Cover for an absent colleague: all of their open cases go to somebody else, and the same cases come back."""

from application.bulk import BulkResult, apply_to_cases, reassign
from application.context import CaseworkContext
from domain.people import Person
from domain.refusals import CaseworkError, RecordRefused
from domain.vocabulary import Refusal
from ports.covers import Cover, Covers
from workflows.record_codec import ACCOUNT


class UnknownCover(CaseworkError):
    """There is no such cover."""


async def start_cover(
    context: CaseworkContext, covers: Covers, person: Person, absent: str, covering: str, id: str
) -> tuple[Cover, tuple[BulkResult, ...]]:
    """Assign `covering` the open cases of `absent` that `person` may see; the same `id` again continues.

    A case that could not be assigned stays where it was. A cover that has ended meanwhile assigns nothing. Raises
    RecordRefused for a name that is no account's: covers are stored where no personal data may be.
    """
    for field, account in (("absent", absent), ("covering", covering)):
        if not account or not ACCOUNT.fullmatch(account):
            raise RecordRefused(Refusal.FREE_TEXT, field)
    # Stored first: a case that was assigned without being stored would not come back.
    refs = await covers.start(id, absent, covering, person)
    results = await apply_to_cases(context, person, refs, reassign(covering), id)
    return await get_cover(covers, id, person), results


async def end_cover(
    context: CaseworkContext, covers: Covers, person: Person, cover_id: str, id: str
) -> tuple[Cover, tuple[BulkResult, ...]]:
    """Give back to the absent colleague the cases of a cover that the other still has.

    The cover stays open where a case could not be assigned, is of another's areas, or is in a cover that started later:
    ended again, once that one is over, it gives back the rest. Raises UnknownCover.
    """
    cover = await get_cover(covers, cover_id, person)
    refs = await covers.list_cases(cover_id, person)
    results = await apply_to_cases(context, person, refs, reassign(cover.absent), id)
    if all(result.failed is None for result in results):
        await covers.end(cover_id, person)
    return await get_cover(covers, cover_id, person), results


async def get_cover(covers: Covers, id: str, person: Person) -> Cover:
    """The cover `id`. Raises UnknownCover where `person` sees none."""
    cover = await covers.get_cover(id, person)
    if cover is None:
        raise UnknownCover
    return cover
