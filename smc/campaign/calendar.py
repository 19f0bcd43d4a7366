"""What is ahead, as far as it can be known now: whom triggers find on days to come, and which steps are due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlglot import exp

from smc.campaign.tables import query
from smc.campaign.triggers import hits
from smc.campaign.versions import Spec
from smc.config.specs.campaign import MailingSpec
from smc.warehouse import Warehouse, sql, union

What = Literal["sends", "may enter", "is due", "begins", "ends"]


@dataclass(frozen=True, slots=True)
class Ahead:
    """Something on a day. ``step`` of ``version`` is what is due; ``customers`` None where nobody is counted."""

    day: date
    name: str
    what: What
    customers: int | None = None
    version: int | None = None
    step: int | None = None


def ahead(warehouse: Warehouse, specs: Mapping[str, Spec], since: date, until: date) -> list[Ahead]:
    """Everything from the first to the last day, both included, in order. Who is switched off has nothing ahead."""
    active = {name: spec for name, spec in specs.items() if spec.active}
    found = [*_found(warehouse, active, since, until), *_due(warehouse, active, since, until)]
    found += [one for name, spec in active.items() for one in _bounds(name, spec) if since <= one.day <= until]
    return sorted(found, key=lambda one: (one.day, one.name, one.what, one.step or 0))


def _found(warehouse: Warehouse, specs: Mapping[str, Spec], since: date, until: date) -> Iterator[Ahead]:
    """Whom the triggers would find with the data as it is now, all in one statement."""
    asked: list[exp.Expr] = []
    for name, spec in specs.items():
        first, last = _days(spec, since, until)
        if first <= last:
            text = """
                select $name as name, happened_on, count(distinct customer_key) as customers
                from $found as found group by happened_on
            """
            asked.append(sql(text, name=name, found=hits(spec, first, last)))
    if not asked:
        return
    for name, day, customers in warehouse.rows(union(asked)):
        yield Ahead(day, name, "sends" if isinstance(specs[name], MailingSpec) else "may enter", customers)


def _days(spec: Spec, since: date, until: date) -> tuple[date, date]:
    if isinstance(spec, MailingSpec):
        return since, until
    return max(since, spec.valid_from or since), min(until, spec.valid_to or until)


def _due(warehouse: Warehouse, specs: Mapping[str, Spec], since: date, until: date) -> Iterator[Ahead]:
    for name, _, version, step, day, customers in warehouse.rows(query("calendar_due"), since=since, until=until):
        if name in specs:
            yield Ahead(day, name, "is due", customers, version, step)


def _bounds(name: str, spec: Spec) -> Iterator[Ahead]:
    if isinstance(spec, MailingSpec):
        return
    if spec.valid_from:
        yield Ahead(spec.valid_from, name, "begins")
    if spec.valid_to:
        yield Ahead(spec.valid_to, name, "ends")
