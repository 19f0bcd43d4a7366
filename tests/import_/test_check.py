"""Feeds that make no sense are told so, with a place."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from smc.config.document import parse
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec
from smc.import_ import check, check_format, check_pull

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
        ("fields:", "after: {action: move, folder: 'd/{day}'}\nfields:", 5, "only {as_of} is known", "Write after.fol"),
        ("  name:", "  nmae:", 7, "store has no field 'nmae'", "Did you mean 'name'?"),
        ("  store_id: id\n", "", 5, "store needs the field 'store_id' (Store id), which is not mapped", "Add"),
        ("column: title", "column: title, constant: x", 7, "'name' comes from a column, a join of columns or", "Write"),
        ("column: title", "join: [title, b], column: c", 7, "'name' comes from a column, a join of", "Write"),
        ("{column: title, blank: keep}", "{}", 7, "'name' comes from a column, a join", "Write"),
        ("column: title", "column: title, with: ','", 7, "'with' stands between the columns of a join", ""),
        ("column: title", "column: title, steps: [{split: {by: ',', part: 0}}]", 7, "there is no part 0", "Parts"),
        ("column: title, blank: keep", "constant: title, steps: [upper]", 7, "a constant needs no steps", "Write"),
        ("fields:", "quality: {fields: {nmae: {}}}\nfields:", 5, "the feed maps no field 'nmae'", "Did you mean"),
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


def test_words_of_a_lookup_must_be_words_of_the_field() -> None:
    text = (
        GOOD.replace("object: store", "object: receipt")
        .replace("store_id", "receipt_id")
        .replace(
            "  name: {column: title, blank: keep}",
            "  total: t\n  purchased_at: p\n  status: {column: s, steps: [STEP]}",
        )
    )
    good = "{lookup: {items: {ok: paid, '': ''}}}"
    assert problems(text.replace("STEP", good)) == []
    wrong = "{lookup: {items: {ok: open}}}"
    assert [found[1] for found in problems(text.replace("STEP", wrong))] == [
        "'open' is not one of paid, cancelled, returned"
    ]
    later = "{lookup: {items: {ok: PAID}}}, lower"
    assert problems(text.replace("STEP", later)) == []


MODES = {
    "snapshot": ("receipt_line", "receipt_id", "line_no", "it has no field 'active', and no lists with names"),
    "replace": ("subscription", "customer_id", "channel", "a permission or its withdrawal is never forgotten"),
    "delete": ("event", "event_id", "name", "what has happened does not go away"),
}


@pytest.mark.parametrize("mode", MODES)
def test_modes_that_an_object_cannot_have(mode: str) -> None:
    item, one, other, why = MODES[mode]
    text = (
        GOOD.replace("store\n", f"{item}\nmode: {mode}\n", 1).replace("store_id", one).replace("  name:", f"  {other}:")
    )
    assert (3, f"mode {mode} is not possible for {item}: {why}") in [found[:2] for found in problems(text)]


def test_a_delete_list_needs_the_key_alone() -> None:
    keys = "object: receipt_line\nmode: delete"
    text = GOOD.replace("object: store", keys).replace("store_id: id", "receipt_id: id")
    assert problems(text.replace("name: {column: title, blank: keep}", "line_no: n")) == []


def test_several_objects_know_their_places() -> None:
    text = (
        "title: Flat\nsource: {local: {path: drops}}\nmode: replace\nobjects:\n"
        "  receipt:\n    fields: {receipt_id: r, purchased_at: t, total: s}\n"
        "  receipt_line:\n    fields: {receipt_id: r, line_no: n, product_id: p, quantity: q}\n"
    )
    assert [(line, message) for line, message, _ in problems(text)] == [
        (8, "receipt_line needs the field 'amount' (Amount after discount), which is not mapped"),
        (3, "mode replace needs a file of one object"),
    ]


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


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("mark: at, mark_type: time", "rows that a long transaction commits late"),
        ("mark: id", "ids do not commit in order"),
        ("mark: at, mark_type: time, overlap: 600", ""),
        ("mark: at, mark_type: time, overlap: 0", ""),
        ("mark: id, mark_type: id", ""),
    ],
)
def test_marks_that_may_pass_over_rows_are_hinted_at(mark: str, said: str) -> None:
    place = f"{{postgresql: {{database: d, user: u, query: select 1, {mark}}}}}"
    text = GOOD.replace("{local: {path: drops}}\nfiles: stores_*.csv", place)
    document, found = parse(text, FeedSpec, file=Path("feeds/stores.yaml"))
    assert document is not None, found
    hints = list(check_pull.late_commits(document))
    assert [(hint.place.line, hint.message[: len(said)]) for hint in hints] == [(3, said)] * bool(said)
