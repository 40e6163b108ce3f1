"""The register of staff: who cases can be assigned to, who gets emails, and who is deactivated."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cli.errors import fail
from cli.london import LABEL, london_time
from cli.output import JsonOption, Output, output
from cli.staff.client import connect
from cli.staff.options import KeyOption, choice, path_part, read_day, require_choice
from cli.staff.texts import prompt

commands = typer.Typer()
staff = typer.Typer(no_args_is_help=True)
commands.add_typer(staff, name="staff", help="Manage the register of staff.")

ROLES = {
    "caseworker": "records in cases",
    "supervisor": "that, and reassigns, extends and corrects",
    "auditor": "reads cases",
    "admin": "manages agencies and staff; sees no cases",
}
FLAGS = {code: code for code in ("sexual_harm", "domestic_abuse", "stalking")}
FACILITATOR_COLUMNS = (
    "account",
    "areas",
    "accredited until",
    "specialist in",
    "languages",
    "co-facilitators",
    "open cases",
)
COLUMNS = ("account", "roles", "areas", "email", "facilitator", f"last seen ({LABEL})", "status")

AccountArgument = Annotated[str, typer.Argument(metavar="ACCOUNT", help="Their account, as in their tokens: d.webb.")]
RolesOption = Annotated[list[str] | None, choice("--role", "What they are; may be repeated", ROLES)]
AreasOption = Annotated[
    list[str] | None, typer.Option("--area", help="Where they work; may be repeated; *: all areas.")
]
AccreditedOption = Annotated[
    str, typer.Option("--accredited-until", metavar="DAY", help="Last day of their accreditation as a facilitator.")
]
SpecialistOption = Annotated[list[str] | None, choice("--specialist-in", "Trained for; may be repeated", FLAGS)]
LanguagesOption = Annotated[
    list[str] | None,
    typer.Option("--language", help="Facilitates in it besides English, such as cy; may be repeated; '': none."),
]
CoFacilitatorsOption = Annotated[
    list[str] | None,
    typer.Option("--co-facilitator", metavar="ACCOUNT", help="Facilitates with them; may be repeated; '': nobody."),
]
ContactOption = Annotated[
    bool, typer.Option("--contact", help="Ask for the name and telephone number that victims read in messages.")
]
EmailOption = Annotated[bool, typer.Option("--email", help="Ask for their email address; an empty one removes it.")]


@staff.command()
def add(
    context: typer.Context,
    account: AccountArgument,
    role: RolesOption = None,
    area: AreasOption = None,
    email: EmailOption = False,
    accredited_until: AccreditedOption = "",
    specialist_in: SpecialistOption = None,
    language: LanguagesOption = None,
    co_facilitator: CoFacilitatorsOption = None,
    contact: ContactOption = False,
    key: KeyOption = "",
    as_json: JsonOption = False,
) -> None:
    """Add somebody before their first sign-in.

    So that cases can be assigned to them. Once they sign in, their token sets their roles and areas.
    """
    body = {
        "id": account,
        "roles": role or [],
        "areas": area or [],
        "accredited_until": read_day("--accredited-until", accredited_until),
        "specialist_in": specialist_in or [],
        "languages": _without_empty(language),
        "co_facilitators": _without_empty(co_facilitator),
        "email": _ask_for_email() if email else "",
    }
    body |= _ask_for_contact() if contact else {}
    with connect() as api:
        _print(api.post("/staff", body, key=key), output(context, as_json))


@staff.command()
def edit(
    context: typer.Context,
    account: AccountArgument,
    role: RolesOption = None,
    area: AreasOption = None,
    email: EmailOption = False,
    accredited_until: AccreditedOption = "",
    specialist_in: SpecialistOption = None,
    language: LanguagesOption = None,
    co_facilitator: CoFacilitatorsOption = None,
    not_accredited: Annotated[bool, typer.Option("--not-accredited", help="They no longer facilitate.")] = False,
    contact: ContactOption = False,
    active: Annotated[bool, typer.Option("--active", help="Let them sign in again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Change what is named, and nothing else.

    Roles and areas last until their next sign-in, whose token sets them. Open cases that they facilitate learn of a
    change of their accreditation.
    """
    changes: dict[str, Any] = {"active": True} if active else {}
    until = read_day("--accredited-until", accredited_until)
    named = {"roles": role, "areas": area, "accredited_until": until, "specialist_in": specialist_in}
    changes |= {name: value for name, value in named.items() if value}
    lists = {"languages": language, "co_facilitators": co_facilitator}
    changes |= {name: _without_empty(value) for name, value in lists.items() if value}
    if not_accredited:
        changes["accredited_until"] = None
    if email:
        changes["email"] = _ask_for_email()
    changes |= _ask_for_contact() if contact else {}
    if not changes:
        fail("nothing to change: name at least one option, such as --email")
    _edit(account, changes, output(context, as_json))


@staff.command()
def deactivate(context: typer.Context, account: AccountArgument, as_json: JsonOption = False) -> None:
    """Stop somebody from signing in.

    Whatever their token says. Their cases count as unassigned, and a meeting that they were to facilitate is cancelled;
    edit --active lets them sign in again.
    """
    _edit(account, {"active": False}, output(context, as_json))


def _edit(account: str, changes: Mapping[str, Any], to: Output) -> None:
    with connect() as api:
        _print(api.patch(f"/staff/{path_part(account)}", changes), to)


@staff.command("list")
def list_staff(
    context: typer.Context,
    role: Annotated[str | None, choice("--role", "Only people with this role", ROLES)] = None,
    area: Annotated[str | None, typer.Option("--area", help="Only people who work there.")] = None,
    inactive: Annotated[bool, typer.Option("--inactive", help="Those who are deactivated, instead.")] = False,
    facilitators: Annotated[bool, typer.Option("--facilitators", help="Facilitators, with what a case needs.")] = False,
    specialist_in: Annotated[str | None, choice("--specialist-in", "Only facilitators trained for it", FLAGS)] = None,
    language: Annotated[str | None, typer.Option("--language", help="Only facilitators in it, such as cy.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List members of staff.

    With --facilitators: until when they are accredited, what they are trained for, their languages, who they facilitate
    with, and how many open cases they have.
    """
    require_choice("--role", role, ROLES)
    require_choice("--specialist-in", specialist_in, FLAGS)
    is_facilitator = True if facilitators or specialist_in or language else None
    params = {
        "role": role,
        "area": area,
        "active": not inactive,
        "facilitator": is_facilitator,
        "specialist_in": specialist_in,
        "language": language,
    }
    with connect() as api:
        if as_csv:
            sys.stdout.write(api.get_text("/staff", params))
            return
        members, _ = api.list_all("/staff", "staff", params, 10_000)
    if is_facilitator:
        found = [(member, facilitator_cells(member)) for member in members]
        output(context, as_json).rows(FACILITATOR_COLUMNS, found, "No matching facilitators")
        return
    rows = [(member, member_cells(member)) for member in members]
    output(context, as_json).rows(COLUMNS, rows, "No matching members of staff")


def member_cells(member: Mapping[str, Any]) -> tuple[str, ...]:
    """The member as a row under `COLUMNS`."""
    areas = "all" if "*" in member["areas"] else ", ".join(member["areas"]) or "none"
    seen = london_time(member["seen_at"]) if member["seen_at"] else "never"
    status = "active" if member["active"] else "deactivated"
    until, specialist = member["accredited_until"], ", ".join(member["specialist_in"])
    facilitator = f"until {until}{f' ({specialist})' if specialist else ''}" if until else "no"
    return (member["id"], ", ".join(member["roles"]), areas, member["email"], facilitator, seen, status)


def facilitator_cells(member: Mapping[str, Any]) -> tuple[str, ...]:
    """The facilitator as a row under `FACILITATOR_COLUMNS`."""
    account, _, areas, *_ = member_cells(member)
    lists = (", ".join(member[name]) for name in ("specialist_in", "languages", "co_facilitators"))
    return (account, areas, member["accredited_until"], *lists, str(member["cases"]))


def _without_empty(values: list[str] | None) -> list[str]:
    return [value for value in values or [] if value]


def _print(member: Mapping[str, Any], to: Output) -> None:
    account, roles, areas, email, facilitator, seen, status = member_cells(member)
    again = "" if member["active"] else f": rj staff edit {account} --active lets them sign in again"
    described = f"{account}: {roles}; areas: {areas}; email: {email or 'none'}; facilitator: {facilitator}"
    if member["accredited_until"]:
        spoken, others = (", ".join(member[name]) or "none" for name in ("languages", "co_facilitators"))
        described += f"; other languages: {spoken}; co-facilitators: {others}; open cases: {member['cases']}"
    contact = f"Victims read: {member['name'] or 'no name'}, {member['phone'] or 'the number of the area'}."
    to.answer(member, described, contact, f"Last seen: {seen} ({LABEL}). Status: {status}{again}.")


def _ask_for_contact() -> dict[str, str]:
    return {
        "name": prompt("Name as victims read it", required=False),
        "phone": prompt("Telephone number", required=False),
    }


def _ask_for_email() -> str:
    return prompt("Email address", required=False)
