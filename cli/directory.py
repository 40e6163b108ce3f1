"""What a command says where the directory of agencies does not do what it is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from cli.errors import fail


@contextmanager
def as_told(agency: str) -> Iterator[None]:
    """Say what the directory refuses of `agency` as a mistake. Raises UsageError."""
    from ports.directory import AgencyExists, InvalidAgency, UnknownAgency  # noqa: PLC0415 - as each command does

    try:
        yield
    except InvalidAgency as unfit:
        fail(str(unfit))
    except UnknownAgency:
        no_agency(agency)
    except AgencyExists:
        fail(f"the directory has {agency!r} already: rj agency edit changes it, with --active if it was removed")


def no_agency(agency: str) -> NoReturn:
    """Raise UsageError for an agency that is not in the directory."""
    fail(f"the directory has no agency {agency!r}: rj agency list shows those that it has")
