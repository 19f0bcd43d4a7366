"""NDJSON: numbers as written, nothing missing taken for nothing, nothing nested taken for text."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smc.config.specs.feed import Format
from smc.import_.land.landing import Landed, land
from smc.import_.read.ndjson import NESTED
from smc.import_.read.records import straighten

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

LAYOUT = Format(kind="ndjson")


def read(folder: Path, data: bytes | str, *paths: str) -> tuple[list[list[str]], list[list[str]]]:
    stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
    here = land(stream, "x.ndjson", folder, LAYOUT)
    assert isinstance(here, Landed), here
    straight = straighten(here, paths, LAYOUT)
    texts = [path.read_bytes().decode() for path in (straight.path, straight.rejects)]
    csv.field_size_limit(10_000_000)
    good, bad = (list(csv.reader(io.StringIO(text, newline=""))) for text in texts)
    assert (len(good), len(bad)) == (straight.good, straight.bad)
    return good, bad


def test_paths_and_what_stands_there(tmp_path: Path) -> None:
    lines = '{"a":{"b":"x"},"items":[{"sku":1.10},{"sku":1e5}]}\n\n{"a":null,"items":[]}\r\n{"a":{"b":""}}'
    good, bad = read(tmp_path, lines, "a.b", "items.0.sku", "items.1.sku", "a")
    assert good == [
        ["1", "x", "1.10", "1e5", NESTED + '{"b":"x"}', "vvvv"],
        ["3", "", "", "", "", "nmmn"],
        ["4", "", "", "", NESTED + '{"b":""}', "vmmv"],
    ]
    assert bad == []


NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,5})?", fullmatch=True)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(NUMBERS, min_size=1, max_size=5), texts=st.lists(st.text(max_size=8), min_size=5, max_size=5))
def test_numbers_and_texts_are_exact(tmp_path: Path, numbers: list[str], texts: list[str]) -> None:
    lines = [f'{{"n": {n}, "t": {json.dumps(t)}, "b": true}}' for n, t in zip(numbers, texts, strict=False)]
    good, bad = read(tmp_path, "\n".join(lines), "n", "t", "b")
    assert len(good) + len(bad) == len(numbers)
    for line, number, text, truth, states in good:
        assert (number, text, truth) == (numbers[int(line) - 1], texts[int(line) - 1], "true")
        assert states == "vvv"
    for row in bad:
        assert row[1] in {"a NUL character in the text", "a control character in the text"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"nope", "not JSON: Expecting value at character 1"),
        (b'{"a":1,}', "not JSON: "),
        (b'{"a":01}', "not JSON: "),
        (b"{'a':1}", "not JSON: "),
        (b'{"a":1} {"a":2}', "not JSON: Extra data at character 9"),
        (b'{"a":"x\ty"}', "not JSON: Invalid control character"),
        (b'{"a":NaN}', "NaN is no value of JSON"),
        (b'{"a":-Infinity}', "-Infinity is no value of JSON"),
        (b"[1]", "not a JSON object"),
        (b"1", "not a JSON object"),
        (b'{"a":1,"a":2}', "a key stands twice in one object"),
        (b'{"x":{"a":1,"a":2}}', "a key stands twice in one object"),
        (b'{"a":"\xff"}', "not UTF-8 text"),
        (b'{"a":"\\u0000"}', "a NUL character in the text"),
        (b'{"a":"\\ud800"}', "half a character: a surrogate without the other"),
        (b'{"a":"\\u0002[1]"}', "a control character in the text"),
        (b'{"a":' + b"[" * 100_000, "objects are nested too deeply"),
        (b'{"a":"' + b"x" * 1_000_000 + b'"}', "longer than 1000000 bytes"),
        (b'{"a":"x"}\x00', "not JSON: "),
    ],
)
def test_what_is_no_object_is_refused_with_its_line(tmp_path: Path, line: bytes, said: str) -> None:
    good, bad = read(tmp_path, b'{"a":1}\n' + line + b'\n{"a":3}\n', "a")
    assert [row[:2] for row in good] == [["1", "1"], ["3", "3"]]
    ((number, reason, _),) = bad
    assert (number, reason.startswith(said)) == ("2", True), reason


def test_a_path_into_a_text_is_refused(tmp_path: Path) -> None:
    _, bad = read(tmp_path, '{"a":"x"}\n', "a.b")
    assert bad[0][1] == "there is no 'b' in a value that is neither object nor array"


ORDERS = {
    "receipt_id": "id", "customer_id": "buyer.id", "purchased_at": "at", "total": "sum", "status": "state",
    "promocode": {"column": "codes.0", "blank": "keep"}, "source": "source",
}  # fmt: skip


def feed_of(shop: Shop) -> Any:
    return shop.feed("receipt", ORDERS, files="*.ndjson", format={"kind": "ndjson"})


def test_a_night_of_objects(shop: Shop) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "00123", "buyer": {"id": 7}, "at": "2017-12-29T10:00:00Z", "sum": 12.5, "state": "paid", "codes": ["A"],
         "source": "web"},
        {"id": "r2", "buyer": None, "at": "2017-12-29 10:00:00.25", "sum": "3.10", "codes": [], "extra": {"deep": [1]}},
        {"id": {"x": 1}, "buyer": {}, "at": "2017-12-29", "sum": [1]},
    ]  # fmt: skip
    file = shop.one("r.ndjson", "\n".join(map(json.dumps, rows)) + "\nrubbish\n", receipt=feed_of(shop))
    assert (file.state, file.read, file.accepted, file.rejected) == ("loaded", 4, 2, 2), file.reason
    assert shop.rows(
        "select receipt_id, customer_id, total, purchased_at at time zone 'UTC', promocode, source from receipt "
        "join receipt_ident using (receipt_key) left join customer_ident using (customer_key) order by all"
    ) == [
        ("00123", "7", Decimal("12.50"), datetime(2017, 12, 29, 10), "A", "web"),  # noqa: DTZ001 - said to be UTC
        ("r2", None, Decimal("3.10"), datetime(2017, 12, 29, 15, 0, 0, 250_000), None, None),  # noqa: DTZ001 - said to be UTC
    ]
    assert [(row[0], row[1], row[4]) for row in shop.rejects()] == [
        (3, "purchased_at", "the time of day is missing"),
        (3, "receipt_id", "an object or a list, not one value"),
        (3, "total", "an object or a list, not one value"),
        (4, None, "not JSON: Expecting value at character 1"),
    ]


def test_missing_keeps_null_clears(shop: Shop) -> None:
    whole = {"id": "r", "buyer": {"id": "c"}, "at": "2017-12-29T10:00:00Z", "sum": 1, "codes": ["A"], "source": "web"}
    feed = feed_of(shop)
    steps: list[tuple[dict[str, Any], tuple[str | None, str | None]]] = [
        ({}, ("A", "web")),
        ({"codes": ..., "source": ...}, ("A", "web")),
        ({"codes": [""], "source": "", "sum": 2}, ("A", None)),
        ({"source": "app"}, ("A", "app")),
        ({"codes": [None], "source": None}, (None, None)),
    ]
    for i, (change, expected) in enumerate(steps):
        row = {key: value for key, value in (whole | change).items() if value is not ...}
        file = shop.one(f"r{i}.ndjson", json.dumps(row | {"step": i}), receipt=feed)
        assert (file.state, file.rejected) == ("loaded", 0), file.reason
        assert shop.rows("select promocode, source from receipt") == [expected], i


def test_a_cut_line_is_a_cut_file(shop: Shop) -> None:
    file = shop.one(
        "r.ndjson", '{"id":"r","at":"2017-12-29T10:00:00Z","sum":1}\n{"id":"r2","at":"20', receipt=feed_of(shop)
    )
    assert (file.state, file.reason.startswith("the file is probably cut off: its last line 2")) == ("refused", True)


def test_a_trailer_of_objects(tmp_path: Path) -> None:
    here = land(
        io.BytesIO(b'{"a":1}\r\n\r\n{"a":2}\r\n# 2\r\n'), "x", tmp_path, Format(kind="ndjson", trailer="# {rows}")
    )
    assert isinstance(here, Landed)
    assert here.rows == 2
