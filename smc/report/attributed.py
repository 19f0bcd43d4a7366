"""Which receipts count for campaigns and mailings, filled in for the statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlglot import exp

from smc.config.specs.attribution import Attribution, Receipts, attribution_of
from smc.config.specs.campaign import MailingSpec
from smc.report.mailings import read_mailing
from smc.warehouse import DuckDBEngine, Warehouse, sql, statement, union

NO_RECEIPTS: Mapping[str, exp.Expr] = {}


@dataclass(frozen=True, slots=True)
class Window:
    """A campaign or mailing, and which receipts count for it; None: none."""

    kind: str
    name: str
    attribution: Attribution | None


def fill_windows(
    warehouse: Warehouse, windows: Iterable[Window], counted: Mapping[str, exp.Expr] = NO_RECEIPTS
) -> None:
    """Leave the temporary tables ``attribution_window`` and ``counted_receipt``.

    ``counted``: by mailing a SELECT of ``receipt_key``, those of the receipts that are what it asks for; a mailing that
    asks and is not there counts none.
    """
    warehouse.run(statement("smc.report", "attribution_windows"))
    for window in windows:
        if (asked := window.attribution) is not None:
            warehouse.run(
                statement("smc.report", "attribution_window"), kind=window.kind, campaign=window.name,
                days=asked.length, first_day=asked.since, last_day=asked.until, chosen=asked.receipts is not None,
            )  # fmt: skip
    text = "select $name as campaign, c.receipt_key from $found as c"
    found = [sql(text, name=name, found=query) for name, query in counted.items()]
    none = sql("select '' as campaign, r.receipt_key from receipt as r where 1 = 0")
    DuckDBEngine(warehouse).materialise("counted_receipt", union(found or [none]))


def receipts_asked(
    warehouse: Warehouse, mailings: Mapping[str, MailingSpec], as_of: date
) -> dict[str, tuple[Receipts, date]]:
    """What receipts must be that count for a mailing, and the first day on which there can be any. Those that have gone
    from the project are among them, as they were written last."""
    stored = warehouse.records(statement("smc.report", "campaign_versions"), as_of=as_of)
    last = {row["campaign"]: row["spec"] for row in stored if row["kind"] == "mailing"}
    gone = {name: read_mailing(text) for name, text in last.items() if name not in mailings}
    found = {}
    for name, spec in {**gone, **mailings}.items():
        asked = attribution_of(spec.attribution) if spec else None
        if spec and asked and asked.receipts:
            found[name] = asked.receipts, spec.send_on - timedelta(days=1)  # a customer's clock may be ahead
    return found
