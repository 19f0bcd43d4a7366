"""smc suppress: add, remove, list."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smc import console
from smc.commands.options import HERE, Json, ProjectFolder, Wait, load, person, readable
from smc.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from smc.campaign.suppression import Suppressed, SuppressionResult
    from smc.project import Project
    from smc.warehouse import Warehouse

app = typer.Typer(help="Addresses and customers that are not messaged, whatever they permitted.", no_args_is_help=True)

Addresses = Annotated[
    list[str] | None, typer.Argument(metavar="[ADDRESS]...", help="E-mails, phones, or tokens with --channel.")
]
Customers = Annotated[list[str] | None, typer.Option("--customer", metavar="ID", help="A customer, in any address.")]
AddressFile = Annotated[Path | None, typer.Option("--file", help="Read addresses from this file, one a line.")]
Channel = Annotated[str | None, typer.Option(metavar="NAME", help="For this channel alone. Default: for all.")]
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{4,}")


@app.command("list")
def list_(project: ProjectFolder = HERE, as_json: Json = False) -> None:
    """Everything on the list, the newest first. It changes at once; figures come from the last change.

    Example: smc suppress list --json
    """
    from smc import pipeline
    from smc.campaign.suppression import overview

    with pipeline.open_snapshot(load(project)) as warehouse:
        rows = overview(warehouse)
    console.table(rows, title="Suppression list", as_json=as_json)


@app.command()
def add(  # noqa: PLR0917 - typer calls it by name
    addresses: Addresses = None,
    customer: Customers = None,
    file: AddressFile = None,
    channel: Channel = None,
    reason: Annotated[str, typer.Option(help="Why, in words.")] = "asked for",
    project: ProjectFolder = HERE,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Put addresses or customers on the list. What waits to be sent to them is cancelled at once.

    What a sender has in hand by then still leaves.

    Example: smc suppress add anna@example.com --reason "wrote to us"     or: smc suppress add --customer 00123
    """
    from smc.campaign import suppression

    def work(warehouse: Warehouse, which: Suppressed, now: datetime) -> SuppressionResult:
        return suppression.add(warehouse, which, reason=reason, person=person(), now=now)

    _run("suppress add", work, load(project), _given(addresses, file), customer, channel, as_json=as_json, wait=wait)


@app.command()
def remove(  # noqa: PLR0917 - typer calls it by name
    addresses: Addresses = None,
    customer: Customers = None,
    file: AddressFile = None,
    channel: Channel = None,
    project: ProjectFolder = HERE,
    as_json: Json = False,
    wait: Wait = 0,
) -> None:
    """Take addresses or customers from the list; that they were on it is kept.

    Example: smc suppress remove anna@example.com
    """
    from smc.campaign import suppression

    def work(warehouse: Warehouse, which: Suppressed, now: datetime) -> SuppressionResult:
        return suppression.remove(warehouse, which, person=person(), now=now)

    _run("suppress remove", work, load(project), _given(addresses, file), customer, channel, as_json=as_json, wait=wait)


def _given(addresses: list[str] | None, file: Path | None) -> list[str]:
    given = list(addresses or ())
    if file is not None:
        readable(file)
        given += [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    return given


def _run(  # noqa: PLR0917 - called twice, in the order of the options
    command: str,
    work: Callable[[Warehouse, Suppressed, datetime], SuppressionResult],
    loaded: Project,
    addresses: list[str],
    customers: list[str] | None,
    channel: str | None,
    *,
    as_json: bool,
    wait: float,
) -> None:
    """Do it under the project's lock, and put out a fresh snapshot when anything changed."""
    from smc import pipeline
    from smc.campaign.suppression import Suppressed
    from smc.pipeline.store import open_warehouse
    from smc.pipeline.withdraw import taken_back

    if not addresses and not customers:
        raise UsageError("nobody is named", remedy=f"Write: smc {command} ADDRESS … or --customer ID")
    path = loaded.path(loaded.settings.warehouse.path)
    if not path.exists():
        raise UsageError("there is no data yet", where=str(path), remedy="Run 'smc import' or 'smc run nightly' first.")
    _known(loaded, channel)
    wanted = [_address(text, channel, loaded.settings.country) for text in addresses]
    moment = pipeline.moment_of(loaded, None)
    with pipeline.lock(loaded, command, wait), open_warehouse(loaded) as warehouse:
        result = work(warehouse, Suppressed(wanted, customers or [], channel), moment.began_at)
        notes = taken_back(loaded, warehouse, moment)
        if result.changed or notes:
            warehouse.publish(loaded.path(loaded.settings.warehouse.snapshot))
    console.card(asdict(result), as_json=as_json)
    for text in notes:
        console.note(text)


def _known(project: Project, channel: str | None) -> None:
    from smc.config.problem import nearest

    channels = project.defined.channels
    if channel is not None and channel not in channels:
        raise UsageError(f"there is no channel '{channel}'", remedy=nearest(channel, channels))


def _address(text: str, channel: str | None, country: str | None) -> str:
    """As messages use it: e-mail in lower case, phone in E.164, anything else as it stands."""
    from smc.import_.normalise.phone import phone_of
    from smc.send.address import ascii_address

    given = text.strip()
    if "@" in given:
        found = ascii_address(given)
        if found is None:
            raise UsageError(f"'{given}' is no e-mail address", remedy="Write it like anna@example.com.")
        return found.lower()
    phone = phone_of(given, country) if _PHONE.fullmatch(given) else None
    if phone is not None:
        return phone.e164
    if channel is None:
        raise UsageError(
            f"'{given}' is neither an e-mail address nor a phone",
            remedy="Name the channel of a token or an id with --channel; name a customer with --customer.",
        )
    return given
