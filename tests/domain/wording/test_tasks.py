"""What a task of a caseworker says."""

from datetime import date

from domain.vocabulary import Contact, NewsKind
from domain.wording.tasks import describe_news_task


def test_nobody_rings_a_victim_who_is_reported_dead_before_that_is_confirmed() -> None:
    """1.11, 2.1: what is to be told may wait until it is certain that they are alive."""
    due_on = date(2026, 3, 11)
    task = describe_news_task(NewsKind.NOT_YET, None, due_on, Contact.PHONE, death_reported=True)
    assert task.startswith("Do not contact the victim: they are reported to have died. Confirm that first")
    assert describe_news_task(NewsKind.NOT_YET, None, due_on, Contact.PHONE).startswith("Tell the victim in person")
