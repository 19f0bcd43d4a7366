"""What ``smc quality`` says: how the feeds are, what lies in the tables, and who can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec
from smc.errors import UsageError
from smc.import_.quality.judge import Finding, Verdict, judge, worst
from smc.import_.quality.loads import LastLoad, Loads, loads_of, percent
from smc.import_.quality.stock import FieldStock, Reference, stock_of
from smc.model.contact import BY_CODE
from smc.warehouse import Warehouse, statement
from smc.warehouse.permitted import everyone_reached

_STATES = {
    "-1": "not given", "-2": "not looked at yet", "bad": "given, but no time zone", "project": "that of the project",
    **{str(code): reason.title for code, reason in BY_CODE.items()},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """``last`` is None when nothing was ever loaded; ``findings``: the worst first."""

    feed: str
    verdict: Verdict
    last: LastLoad | None
    findings: tuple[Finding, ...]

    @property
    def change(self) -> float | None:
        """Rows of the last load against the usual number, in percent."""
        last = self.last
        if last is None or last.usual_rows is None:
            return None
        return percent(last.rows - last.usual_rows, last.usual_rows)


@dataclass(frozen=True, slots=True)
class ContactState:
    """Active customers whose e-mail, phone, phone type or time zone is in a state; percent of all active ones."""

    contact: str
    state: str
    customers: int
    percent: float


@dataclass(frozen=True, slots=True)
class Reach:
    """Active customers on a channel: with an address, a usable one, and of these with a yes, or with nothing but no."""

    channel: str
    customers: int
    with_address: int
    usable: int
    usable_percent: float
    permitted: int
    permitted_percent: float
    refused: int


@dataclass(frozen=True, slots=True)
class Health:
    """All of it. ``imported_on``: the day of the last import."""

    as_of: date
    imported_on: date | None
    feeds: tuple[FeedHealth, ...]
    loads: Loads
    fields: tuple[FieldStock, ...]
    references: tuple[Reference, ...]
    contacts: tuple[ContactState, ...]
    reach: tuple[Reach, ...]

    @property
    def verdict(self) -> Verdict:
        return worst(feed.verdict for feed in self.feeds)


def health(
    warehouse: Warehouse, feeds: Mapping[str, FeedSpec], fields: FieldsSpec, *, as_of: date, whole: bool = True
) -> Health:
    """How the data are. ``whole``: all objects, not only those of ``feeds``. The ledger is that of ``as_of``, the
    tables are as they lie. Raises ``UsageError`` when they were published by an older smc."""
    _check(warehouse)
    loads = loads_of(warehouse, feeds, as_of)
    judged = [(name, judge(name, feed, loads, as_of)) for name, feed in sorted(feeds.items())]
    chosen = None if whole else {part for feed in feeds.values() for part in feed.parts}
    stock, references = stock_of(warehouse, fields, as_of, chosen)
    people = chosen is None or "customer" in chosen
    return Health(
        as_of,
        imported_on(warehouse),
        tuple(
            FeedHealth(name, worst(one.verdict for one in found), loads.last.get(name), found) for name, found in judged
        ),
        loads,
        stock,
        references,
        _contacts(warehouse) if people else (),
        _reach(warehouse) if people else (),
    )


def imported_on(warehouse: Warehouse) -> date | None:
    found: date | None = warehouse.value(statement("smc.import_.quality", "imported_on"))
    return found


def day_due(warehouse: Warehouse, today: date) -> date:
    """The day that nightly feeds must have reached by now: that of the last import, and yesterday at least."""
    yesterday = today - timedelta(days=1)
    return max(imported_on(warehouse) or yesterday, yesterday)


def _check(warehouse: Warehouse) -> None:
    if not warehouse.value("select count(*) from duckdb_tables() where table_name = 'import_left'"):
        raise UsageError(
            "the published data are of an older smc", remedy="Run 'smc import' or 'smc run nightly' first."
        )


def _contacts(warehouse: Warehouse) -> tuple[ContactState, ...]:
    return tuple(
        ContactState(contact, _STATES.get(state, state), int(customers), round(100 * share, 2))
        for contact, state, customers, share in warehouse.rows(statement("smc.warehouse", "contact_status"))
    )


def _reach(warehouse: Warehouse) -> tuple[Reach, ...]:
    everyone_reached(warehouse)
    return tuple(
        Reach(
            channel, int(customers), int(given), int(usable), round(100 * usable_share, 2), int(permitted),
            round(100 * permitted_share, 2), int(refused),
        )
        for channel, customers, given, usable, usable_share, permitted, permitted_share, refused in warehouse.rows(
            statement("smc.warehouse", "customer_reach")
        )
    )  # fmt: skip
