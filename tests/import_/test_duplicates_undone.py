"""A shop where customers were merged is as if they had one id from the start; parted again, as if nothing had been."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from smc.config.specs.duplicates import DuplicatesSpec
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec, ImportSettings, MetricsSpec, RfmSpec
from smc.import_.duplicates.part import unmerge
from smc.import_.duplicates.run import merge_by_hand
from smc.import_.duplicates.tables import APART, CARRIED, tables_of
from smc.import_.run import import_feeds
from smc.metric.compute import compute
from smc.warehouse import Warehouse

pytestmark = pytest.mark.slow

AS_OF = date(2018, 1, 5)
SPEC = DuplicatesSpec()
FIELDS = FieldsSpec.model_validate(
    {"marts": {"pets": {"title": "Pets", "rows": "many", "key": ["pet"], "fields": {
        "pet": {"title": "P", "type": "string"}, "age": {"title": "A", "type": "integer"}}}}}
)  # fmt: skip
TIME = "%Y-%m-%d %H:%M:%S"
OBJECTS: dict[str, dict[str, Any]] = {
    "customer": {
        "customer_id": "customer_id", "first_name": {"column": "first_name", "blank": "keep"}, "email": "email",
        "city": {"column": "city", "blank": "first"},
    },
    "card": {"card_id": "card_id", "customer_id": "customer_id"},
    "subscription": {name: name for name in ("customer_id", "channel", "category", "state", "changed_at")},
    "tag_member": {"customer_id": "customer_id", "tag": "tag"},
    "bonus_balance": {name: name for name in ("customer_id", "account", "active", "changed_at")},
    "receipt": {name: name for name in ("receipt_id", "customer_id", "purchased_at", "status", "total")},
    "receipt_line": {name: name for name in ("receipt_id", "line_no", "product_id", "quantity", "amount")},
    "order": {name: name for name in ("order_id", "customer_id", "ordered_at", "total", "changed_at")},
    "event": {name: name for name in ("event_id", "customer_id", "name", "occurred_at")},
    "web_event": {name: name for name in ("event_id", "visitor", "customer_id", "name", "occurred_at")},
    "past_message": {name: name for name in ("mailing", "customer_id", "delivered_on")},
    "mart_pets": {"customer_id": "customer_id", "pet": "pet", "age": "age"},
}  # fmt: skip
FEEDS = {
    item: FeedSpec.model_validate(
        {
            "title": item, "object": item, "source": {"local": {"path": "drops"}}, "files": f"{item}-*.csv",
            "fields": fields, "reject_limit": "100%",
        }
    )
    for item, fields in OBJECTS.items()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drop:
    """A file; ``{a}``, ``{b}`` and ``{c}`` in its rows stand for ids."""

    item: str
    rows: tuple[str, ...]


def hours(day: int) -> str:
    return f"2017-12-{day:02} 10:00:00"


who = st.sampled_from(["{a}", "{b}", "{c}"])
few = st.integers(1, 3)
text = st.sampled_from(["", "x", "y"])
day = st.integers(1, 28)
rows: dict[str, st.SearchStrategy[tuple[tuple[Any, ...], str]]] = {
    "customer": st.builds(lambda w, f, e, c: ((w,), f"{w},{f},{e and e + '@example.org'},{c}"), who, text, text, text),
    "card": st.builds(lambda k, w: ((k,), f"k{k},{w}"), few, who),
    "subscription": st.builds(
        lambda w, c, s, d: ((w, c, d), f"{w},{c},news,{s},{hours(d)}"),
        who, st.sampled_from(["email", "sms"]), st.sampled_from(["yes", "no"]), day,
    ),
    "tag_member": st.builds(lambda w, t: ((w, t), f"{w},t{t}"), who, few),
    "bonus_balance": st.builds(lambda w, a, d: ((w, d), f"{w},main,{a},{hours(d)}"), who, few, day),
    "receipt": st.builds(
        lambda r, w, d, t: ((r,), f"r{r},{w},{hours(d)},paid,{t}"), st.integers(1, 5), who | st.just(""), day, few
    ),
    "receipt_line": st.builds(lambda r, n, q: ((r, n), f"r{r},{n},p{n},{q},{q}"), st.integers(1, 5), few, few),
    "order": st.builds(
        lambda o, w, d, t: ((o, d), f"o{o},{w},{hours(1)},{t},{hours(d)}"), few, who | st.just(""), day, few
    ),
    "event": st.builds(lambda e, w: ((e,), f"e{e}{w},{w},seen,{hours(e)}"), few, who),
    "web_event": st.builds(
        lambda e, v, w: ((e, v), f"w{e}{v}{w},v{v},{w},view,{hours(e)}"), day, few, who | st.just("")
    ),
    "past_message": st.builds(lambda m, w, d: ((m, w), f"m{m},{w},2017-11-{d:02}"), few, who, day),
    "mart_pets": st.builds(lambda w, p, n: ((w, p), f"{w},p{p},{n}"), who, few, few),
}  # fmt: skip


def a_drop(item: str) -> st.SearchStrategy[Drop]:
    """A file without two rows of one key."""
    many = st.lists(rows[item], min_size=1, max_size=4, unique_by=lambda row: row[0])
    return many.map(lambda found: Drop(item, tuple(line for _, line in found)))


drops = st.lists(st.sampled_from(list(rows)).flatmap(a_drop), max_size=10)


class Shop:
    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0
        (folder / "drops").mkdir(parents=True)
        self.warehouse = Warehouse.open(folder / "w.duckdb", timezone="UTC", memory="500MB", threads=1)

    def load(self, files: list[Drop], **ids: str) -> None:
        for file in files:
            self.count += 1
            fields = OBJECTS[file.item].values()
            head = ",".join(one if isinstance(one, str) else one["column"] for one in fields)
            rows = [row.format(**ids) for row in file.rows]
            path = self.folder / "drops" / f"{file.item}-{self.count:03}.csv"
            path.write_text("\n".join((head, *rows, "")), encoding="utf-8")
        feeds = {file.item: FEEDS[file.item] for file in files}
        result = import_feeds(
            self.warehouse, feeds, fields=FIELDS, settings=ImportSettings(), country="RU",
            root=self.folder, landing=self.folder / "landing", as_of=AS_OF, now=datetime.now(UTC),
            progress=lambda _: None,
        )  # fmt: skip
        for one in result.files:
            assert one.state == "loaded", one.reason
            assert one.read == one.accepted + one.unchanged + one.rejected + one.duplicate

    def compute(self, *, full: bool = False) -> None:
        compute(self.warehouse, metrics=MetricsSpec(), rfm=RfmSpec(), as_of=AS_OF, full=full)

    def tables(self, *names: str) -> dict[str, list[tuple[Any, ...]]]:
        """All rows, in order."""
        return {name: self.rows(name) for name in names or self.names}

    @property
    def names(self) -> list[str]:
        known = tables_of(self.warehouse)
        return [
            *(one.name for one in known.keyed),
            *(one.name for one in known.facts),
            *CARRIED,
            "customer_metric",
            "rfm",
        ]

    def rows(self, name: str) -> list[tuple[Any, ...]]:
        columns = [row[0] for row in self.warehouse.rows(f"select column_name from (describe {name})")]
        return self.warehouse.rows(f"select {', '.join(map(self._shown, columns))} from {name} t order by all")

    @staticmethod
    def _shown(column: str) -> str:
        """Keys are given in the order of arrival, so the ids are compared."""
        item = {"given_key": "customer"}.get(column, column.removesuffix("_key"))
        if item not in {"customer", "receipt", "order", "product"}:
            return f"cast(t.{column} as varchar)"
        return f"(select {item}_id from {item}_ident i where i.{item}_key = t.{column})"


IDS = {"a": "1", "b": "2", "c": "3"}
ALL = Drop("customer", ("{a},,,", "{b},,,", "{c},,,"))
QUICK = settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@QUICK
@given(before=drops, between=drops)
@example(before=[], between=[
    Drop("subscription", ("{b},sms,news,no,2017-12-26 10:00:00",)),
    Drop("subscription", ("{b},sms,news,yes,2017-12-23 10:00:00",)),
])  # fmt: skip
def test_parted_is_as_if_nothing_had_been(before: list[Drop], between: list[Drop]) -> None:
    with TemporaryDirectory() as folder:
        plain, merged = Shop(Path(folder) / "plain"), Shop(Path(folder) / "merged")
        with plain.warehouse, merged.warehouse:
            for shop in (plain, merged):
                shop.load([ALL, *before], **IDS)
                shop.compute()
                if shop is merged:
                    merge_by_hand(shop.warehouse, SPEC, "1", "2", as_of=AS_OF)
                    shop.compute()
                shop.load(between, **IDS)
            unmerge(merged.warehouse, SPEC, "2", as_of=AS_OF)
            for shop in (plain, merged):
                shop.compute()
            assert merged.tables() == plain.tables()
            kept = [one.apart for one in tables_of(merged.warehouse).keyed]
            assert all(name.startswith(APART) and merged.rows(name) == [] for name in kept)


@QUICK
@given(before=drops, between=drops)
def test_merged_is_as_if_there_had_been_one_id(before: list[Drop], between: list[Drop]) -> None:
    """Receipts, orders and events with all that follows of them, and what is computed of them."""
    facts = ("receipt", "receipt_line", "customer_metric", "rfm", "card")
    one, more = ([drop for drop in some if drop.item in {*facts, "web_event"}] for some in (before, between))
    with TemporaryDirectory() as folder:
        single, merged = Shop(Path(folder) / "single"), Shop(Path(folder) / "merged")
        with single.warehouse, merged.warehouse:
            single.load([ALL, *one, *more], **{**IDS, "b": "1"})
            single.compute(full=True)
            merged.load([ALL, *one], **IDS)
            merged.compute()
            merge_by_hand(merged.warehouse, SPEC, "1", "2", as_of=AS_OF)
            merged.compute()
            merged.load(more, **IDS)
            merged.compute()
            assert merged.tables(*facts) == single.tables(*facts)
            visits = (
                "select visitor, customer_id, occurred_at from web_event left join customer_ident using (customer_key)"
            )
            assert merged.warehouse.rows(f"{visits} order by all") == single.warehouse.rows(f"{visits} order by all")
            merged.compute(full=True)
            assert merged.tables(*facts) == single.tables(*facts)
