"""RFM in plain Python: receipts, fifths, cells, and the history that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from smc.config.specs.project import RfmSpec
from smc.warehouse import Warehouse

Sale = tuple[int, int, int]
"""Customer, day as a number, cents."""
Scores = tuple[int, int, int, str | None]
State = Mapping[int, Scores]
START = date(2024, 1, 20)


def day(number: int) -> date:
    return START + timedelta(days=number)


def bring(warehouse: Warehouse, sales: Iterable[Sale]) -> None:
    """Receipts of one line each, paid; those with negative cents are returns."""
    known = warehouse.value("select count(*) from receipt")
    rows = [
        (known + number, customer, day(on), "returned" if cents < 0 else "paid", cents)
        for number, (customer, on, cents) in enumerate(sales)
    ]
    if rows:
        text = """insert into receipt (receipt_key, customer_key, day, purchased_at, status, total)
            values (?, ?, ?, timestamptz '2024-01-01 00:00:00+00', ?, cast(? as decimal(18, 2)) / 100)"""
        warehouse.connection.executemany(text, rows)


def fifths(worths: Sequence[int]) -> list[int]:
    """The score of each value by the k-th fifth of the sorted list, the discrete quantile of SQL."""
    if not worths:
        return []
    ordered = sorted(worths)
    size = len(ordered)
    quantiles = [ordered[-(-size * k // 5) - 1] for k in range(1, 5)]
    return [1 + sum(worth > bound for bound in quantiles) for worth in worths]


def scores(sales: Iterable[Sale], rfm: RfmSpec, as_of: int) -> State:
    """Scores and cells of everybody who bought in the period that ends with ``as_of``."""
    values: dict[int, tuple[int, int, int]] = {}
    inside = [sale for sale in sales if as_of - rfm.period < sale[1] <= as_of]
    for customer in sorted({sale[0] for sale in inside}):
        mine = [sale for sale in inside if sale[0] == customer]
        if paid := [sale for sale in mine if sale[2] >= 0]:
            values[customer] = (max(on for _, on, _ in paid) - as_of, len(paid), sum(cents for _, _, cents in mine))
    parts = zip(*(fifths([value[place] for value in values.values()]) for place in range(3)), strict=True)
    return {customer: (*part, cell_of(rfm, part)) for customer, part in zip(values, parts, strict=True)}


def cell_of(rfm: RfmSpec, part: tuple[int, int, int]) -> str | None:
    wanted = {name: (cell.recency, cell.frequency, cell.monetary) for name, cell in rfm.cells.items()}
    for name, sets in wanted.items():
        if all(score in allowed for score, allowed in zip(part, sets, strict=True)):
            return name
    return None


@dataclass
class History:
    """What the warehouse should hold after computations of the given days, one after the other."""

    days: dict[int, State]
    specs: dict[int, RfmSpec]
    present: State
    touched: set[int]

    @classmethod
    def empty(cls) -> History:
        return cls({}, {}, {}, set())

    @property
    def last(self) -> int | None:
        return max(self.days, default=None)

    def compute(self, sales: Iterable[Sale], rfm: RfmSpec, as_of: int) -> None:
        state = scores(sales, rfm, as_of)
        self.touched |= {who for who in {*state, *self.present} if state.get(who) != self.present.get(who)}
        self.present = state
        if self.last is None or as_of >= self.last:
            self.days[as_of], self.specs[as_of] = state, rfm

    def changes(self) -> list[tuple[object, ...]]:
        """Rows of rfm_change in order."""
        found: list[tuple[object, ...]] = []
        before: State = {}
        for number in sorted(self.days):
            state = self.days[number]
            for who in sorted({*state, *before}):
                if state.get(who) != before.get(who):
                    nothing = (None, None, None, None)
                    found.append((day(number), who, *before.get(who, nothing), *state.get(who, nothing)))
            before = state
        return found
