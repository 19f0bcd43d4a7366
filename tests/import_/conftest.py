"""A shop's folder with drops, and an import that can be repeated day by day."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec, ImportSettings
from smc.import_.result import FileResult, ImportResult
from smc.import_.run import import_feeds
from smc.warehouse import Warehouse

FIELDS = FieldsSpec.model_validate(
    {
        "customer": {
            name: {"title": name, "type": kind}
            for name, kind in (
                ("size", "decimal"), ("children", "integer"), ("member", "boolean"),
                ("since", "date"), ("seen", "datetime"), ("note", "string"),
            )
        }
    }
)  # fmt: skip

MAPPED: dict[str, tuple[str, ...]] = {
    "category": ("category_id", "parent_id", "name"),
    "product": ("product_id", "name", "brand", "category_id", "price"),
    "store": ("store_id", "name"),
    "customer": ("customer_id", "email", "birth_date"),
    "subscription": ("customer_id", "channel", "category", "state", "changed_at"),
    "tag_member": ("customer_id", "tag"),
    "receipt": ("receipt_id", "customer_id", "store_id", "purchased_at", "status", "total"),
    "receipt_line": ("receipt_id", "line_no", "product_id", "quantity", "amount"),
    "promocode": ("code", "pool", "title"),
    "promocode_use": ("code", "pool", "customer_id", "used_on"),
    "past_mailing": ("mailing", "title", "channel", "starts_on", "ends_on"),
    "past_message": ("mailing", "customer_id", "delivered_on"),
}


def make_feed(item: str, fields: Mapping[str, Any] | None = None, **more: Any) -> FeedSpec:
    """A feed that reads ``drops/ITEM_*.csv*``; every row may be refused unless a limit is given."""
    return FeedSpec.model_validate(
        {
            "title": item,
            "object": item,
            "source": {"local": {"path": "drops"}},
            "files": f"{item}-*.csv*",
            "fields": fields or {name: name for name in MAPPED[item]},
            "reject_limit": "100%",
            **more,
        }
    )


@dataclass(slots=True)
class Shop:
    """``drop`` files, ``load`` them, ask for ``rows``."""

    root: Path
    warehouse: Warehouse
    feeds: dict[str, FeedSpec] = field(default_factory=lambda: {item: make_feed(item) for item in MAPPED})
    lines: list[str] = field(default_factory=list, repr=False)
    settings: ImportSettings = field(default_factory=ImportSettings)
    country: str | None = "US"
    fields: FieldsSpec = FIELDS
    moved: Callable[[float], None] = lambda _: None

    feed = staticmethod(make_feed)

    @property
    def drops(self) -> Path:
        folder = self.root / "drops"
        folder.mkdir(exist_ok=True)
        return folder

    def drop(self, name: str, text: str | bytes) -> Path:
        data = text.encode() if isinstance(text, str) else text
        path = self.drops / name
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        return path

    def load(self, as_of: date = date(2017, 12, 29), /, **feeds: FeedSpec) -> ImportResult:
        return import_feeds(
            self.warehouse, feeds or self.feeds, fields=self.fields, settings=self.settings, country=self.country,
            root=self.root, landing=self.root / "landing", as_of=as_of, now=datetime.now(UTC),
            progress=self.lines.append, moved=self.moved,
        )  # fmt: skip

    def one(self, name: str, text: str | bytes, **feeds: FeedSpec) -> FileResult:
        """Drop and load one file."""
        self.drop(name, text)
        result = self.load(**feeds)
        (file,) = [file for file in result.files if file.name == name]
        return file

    def rows(self, statement: str, **params: object) -> list[tuple[Any, ...]]:
        return self.warehouse.rows(statement, **params)

    def rejects(self) -> list[tuple[Any, ...]]:
        """line, field, column, value, reason"""
        return self.rows("select line, field, source_column, value, reason from reject order by all")


REMEMBERED = {"import_seen"}
"""How files looked is remembered when they have settled; whether they had depends on when the run was."""


def tables_of(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Every table, so objects, history, rejects and ledger; the number of a file is another when it was tried twice."""
    names = [row[0] for row in warehouse.rows("select table_name from duckdb_tables() where not internal")]
    return {
        name: sorted(warehouse.rows(f"select columns(lambda c: c <> 'file_key') from \"{name}\""), key=repr)
        for name in names
        if name not in REMEMBERED
    }


@pytest.fixture
def shop(tmp_path: Path, warehouse: Warehouse) -> Shop:
    return Shop(tmp_path, warehouse)
