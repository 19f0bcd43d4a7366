"""Feeds that make no sense are told so, with a place."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from smc.config.document import parse
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec
from smc.import_ import check, check_format

FIELDS = FieldsSpec.model_validate({"customer": {"size": {"title": "Size", "type": "date"}}})

GOOD = """title: Stores
object: store
source: {local: {path: drops}}
files: stores_*.csv
fields:
  store_id: id
  name: {column: title, blank: keep}
"""


def problems(text: str) -> list[tuple[int, str, str]]:
    document, found = parse(text, FeedSpec, file=Path("feeds/stores.yaml"))
    assert document is not None, found
    return [(p.place.line, p.message, p.remedy) for p in check.check_feed(document, FIELDS)]


def test_a_good_feed_has_no_problem() -> None:
    assert problems(GOOD) == []
    customer = (
        GOOD.replace("object: store", "object: customer")
        .replace("store_id", "customer_id")
        .replace("name:", "custom.size:")
    )
    assert problems(customer) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "remedy"),
    [
        ("object: store", "object: stor", 2, "there is no object 'stor'", "Did you mean 'store'?"),
        ("stores_*.csv", "in/stores_*.csv", 4, "a pattern names files of one folder", "Put the folder"),
        ("  name:", "  nmae:", 7, "store has no field 'nmae'", "Did you mean 'name'?"),
        ("  store_id: id\n", "", 5, "store needs the field 'store_id' (Store id), which is not mapped", "Add"),
        ("column: title", "column: title, constant: x", 7, "'name' needs either a column or a constant", "Write"),
        ("store_id: id", "store_id: {column: id, blank: keep}", 6, "an empty 'store_id' cannot keep", ""),
        ("fields:", "format: {delimiter: ';', quote: ';'}\nfields:", 5, "delimiter and quote are the same", ""),
        ("fields:", 'format: {delimiter: "\\u00a7"}\nfields:', 5, "the delimiter must be an ASCII character", ""),
        ("fields:", "format: {true: [y], false: [Y, n]}\nfields:", 5, "y means both true and false", ""),
    ],
)  # fmt: skip
def test_mistakes(old: str, new: str, line: int, message: str, remedy: str) -> None:
    ((found_line, found_message, found_remedy),) = problems(GOOD.replace(old, new))
    assert found_line == line
    assert found_message.startswith(message)
    assert found_remedy.startswith(remedy)


def test_custom_fields_must_be_declared() -> None:
    text = (
        GOOD.replace("object: store", "object: customer")
        .replace("store_id", "customer_id")
        .replace("name:", "custom.sise:")
    )
    assert problems(text) == [(7, "custom field 'custom.sise' is not declared in fields.yaml", "Did you mean 'size'?")]


def test_constants_of_a_closed_list() -> None:
    text = (
        GOOD.replace("object: store", "object: receipt")
        .replace("store_id", "receipt_id")
        .replace("  name: {column: title, blank: keep}", "  total: t\n  purchased_at: p\n  status: {constant: open}")
    )
    assert [found[1] for found in problems(text)] == ["'open' is not one of paid, cancelled, returned"]


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("%Y-%m-%Q", "'%Q' is no part of a date"),
        ("%Y-%m-%", "'%' is no part of a date"),
        ("%H:%M", "'%H:%M' lacks year, month or day"),
        ("%d.%m.%y", None),
    ],
)
def test_dates(layout: str, message: str | None) -> None:
    text = (
        GOOD.replace("object: store", "object: promocode_use")
        .replace("store_id: id", "used_on: day")
        .replace("  name: {column: title, blank: keep}", "  code: a\n  pool: b\n  customer_id: c")
    )
    found = problems(text.replace("fields:", f"format: {{date: '{layout}'}}\nfields:"))
    assert [item[1] for item in found] == ([] if message is None else [message])


def test_every_part_that_the_check_lets_pass_is_known_to_the_reader() -> None:
    for part in check_format._KNOWN:  # noqa: SLF001 - the list is what is tested
        duckdb.execute("select try_strptime('x', $layout)", {"layout": f"%{part}"}).fetchall()
