"""Both counters and both readers against Python's csv."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.config.specs.feed import Format
from smc.import_.land.counter import Counter
from smc.import_.land.landing import Landed, land
from smc.import_.land.unpack import LIMITS
from smc.import_.read.records import Record, records, straighten

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

LAYOUT = Format()


def read(text: bytes, width: int) -> list[tuple[int, list[str], str]]:
    return [(r.line, r.cells, r.reason) for r in records(io.BytesIO(text), width, LAYOUT)]


def test_records_and_their_lines() -> None:
    text = b'a,b\n1,"x\ny"\n\n2,5" TV\n3,"""q"""\r\n4\n5,"open\n6,"bad"x\n7,\xff\n8, "spaced" \n9,"to\nthe\nend'
    assert read(text, 2) == [
        (2, ["1", "x\ny"], ""),
        (5, ["2", '5" TV'], ""),
        (6, ["3", '"q"'], ""),
        (7, ["4"], "1 cell instead of 2"),
        (8, ['5,"open'], "a quote is opened and never closed"),
        (9, ['6,"bad"x'], "text stands behind a closing quote; a quote within quotes must be doubled or escaped"),
        (10, ["7,\ufffd"], "not UTF-8 text"),
        (11, ["8", "spaced"], ""),
        (12, ['9,"to'], "a quote is opened and never closed"),
        (13, ["the"], "1 cell instead of 2"),
        (14, ["end"], "1 cell instead of 2"),
    ]


def test_header_over_several_lines() -> None:
    assert read(b'"a\nb",c\n1,2\n', 2) == [(3, ["1", "2"], "")]


def test_long_records_are_refused() -> None:
    assert read(b"a,b\n" + b"x" * 1_000_001 + b",1\n2,3\n", 2)[0][2] == "longer than 1000000 bytes"


CELLS = st.text(st.sampled_from('ab,;"\n \u00e9\u00a0'), max_size=6)


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=8),
    quoting=st.sampled_from([0, 1]),
    cut=st.integers(1, 7),
)
def test_counter_counts_what_csv_wrote(rows: list[list[str]], quoting: int, cut: int) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=quoting, lineterminator="\n").writerows([["h", "i"], *rows])  # type: ignore[arg-type] # 0 and 1 are constants of csv
    data = out.getvalue().encode()
    counter = Counter(b'"')
    for at in range(0, len(data), cut):
        counter.feed(data[at : at + cut])
    assert (counter.records, counter.quoted) == (len(rows) + 1, False)
    assert read(data, 2) == [(line, row, "") for line, row in zip(lines_of(rows, quoting), rows, strict=True)]


def lines_of(rows: list[list[str]], quoting: int) -> Iterator[int]:
    line = 2
    for row in rows:
        yield line
        line += 1 + sum(cell.count("\n") for cell in row)


@pytest.mark.parametrize("chunk", [b"\xef\xbb\xbfa,b\n1,2\n", b'a,b\n1,"\n"', b"a,b\r\n1,2\r\n"])
def test_facts_of_a_landed_file(tmp_path: Path, chunk: bytes) -> None:
    landed = land(io.BytesIO(chunk), "x.csv", tmp_path, LAYOUT)
    assert isinstance(landed, Landed)
    assert (landed.records, landed.well_ended, landed.rows) == (2, True, 1)
    assert landed.path.read_bytes() == chunk.removeprefix(b"\xef\xbb\xbf")
    assert landed.breaks == (b'"' in chunk)


def test_structure_is_refused_line_by_line(shop: Shop) -> None:
    text = 'store_id,name\n1,"a\nb"\n2\n3,x,y\n,z\n4,5" TV\n5,"ok"\n6,"open\n7,\u00e9\n'
    file = shop.one("store-1.csv", text.encode() + b"8,\xff\n9,end\n")
    assert (file.read, file.accepted, file.rejected) == (10, 5, 5)
    assert [(row[0], row[3], row[4]) for row in shop.rejects()] == [
        (4, "2", "1 cell instead of 2"),
        (5, "3,x,y", "3 cells instead of 2"),
        (6, None, "a value is required"),
        (9, '6,"open', "a quote is opened and never closed"),
        (11, "8,\ufffd", "not UTF-8 text"),
    ]
    assert shop.rows("select store_id, name from store order by all") == [
        ("1", "a\nb"), ("4", '5" TV'), ("5", "ok"), ("7", "\u00e9"), ("9", "end"),
    ]  # fmt: skip


def test_lines_are_true_behind_quoted_line_ends(shop: Shop) -> None:
    shop.one("store-1.csv", 'store_id,name\n1,"a\nb\nc"\n,x\n2,"d\ne"\n2,other\n3,f\n')
    assert [row[0] for row in shop.rejects()] == [5, 6, 8]
    assert "in lines 6, 8" in shop.rejects()[1][4]


def test_lines_are_true_in_a_long_file(shop: Shop) -> None:
    rows = [f"{i}," + ("" if i % 50_000 else "x") for i in range(1, 200_001)]
    text = "store_id,name\n" + "\n".join(rows).replace("100000,x", ",x").replace("150000,x", ",x")
    shop.one("store-1.csv", text)
    assert [row[0] for row in shop.rejects()] == [100_001, 150_001]


def test_temporary_files_are_not_shared() -> None:
    with tempfile.TemporaryDirectory() as folder:
        landed = land(io.BytesIO(b"a\n1\n"), "x", Path(folder), LAYOUT)
        assert isinstance(landed, Landed)
        assert landed.path.parent == Path(folder)


ODD = st.text(st.sampled_from('a,"\n\r#\\ \0é'), max_size=40)

LAYOUTS: tuple[dict[str, Any], ...] = (
    {}, {"comment": "#"}, {"escape": "\\"}, {"skip": 1}, {"kind": "ndjson"}, {"quote": "none"}
)  # fmt: skip


@given(
    text=ODD, sizes=st.tuples(st.integers(1, 3), st.integers(1, 9), st.sampled_from([7, 1000])),
    layout=st.sampled_from(LAYOUTS),
)  # fmt: skip
def test_the_exact_reader_accounts_for_every_line(
    tmp_path_factory: pytest.TempPathFactory, text: str, sizes: tuple[int, int, int], layout: dict[str, Any]
) -> None:
    """As the landing counts them, whatever pieces the text comes in: otherwise good files would be refused."""
    folder, (width, step, longest) = tmp_path_factory.mktemp("odd"), sizes
    form = Format.model_validate(layout)
    pieces = iter([text.encode()[at : at + step] for at in range(0, len(text.encode()), step)])
    stream = io.BytesIO()
    stream.read = lambda _=-1: next(pieces, b"")  # type: ignore[method-assign]  # a slow line
    landed = land(stream, "x", folder, form, replace(LIMITS, line=longest))
    if isinstance(landed, Landed):
        straighten(landed, ["a"] * width, form)


@pytest.mark.parametrize("name", ["store-1.csv", "store-1.csv.ndjson"])
def test_a_record_that_the_exact_reader_loses_refuses_the_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A fault is planted: the reader swallows its second record."""
    where = "smc.import_.read.records._records" if name.endswith(".csv") else "smc.import_.read.ndjson.objects"
    module, _, function = where.rpartition(".")
    honest = getattr(import_module(module), function)

    def thief(*given: Any) -> Iterator[Record]:
        for number, record in enumerate(honest(*given)):
            if number != 1:
                yield record

    text, more = 'store_id,name\n1,"a\nb"\n2,"c\nd"\n\n3,e,f\n', {}
    if not name.endswith(".csv"):
        more = {"format": {"kind": "ndjson"}}
        text = "".join(f'{{"store_id": "{number}", "name": "a"}}\n' for number in range(3))
    feed = shop.feed("store", files="store*", **more)
    monkeypatch.setattr(where, thief)
    file = shop.one(name, text, store=feed)
    assert (file.state, "two counts of its lines disagree" in file.reason) == ("refused", True)
    assert shop.rows("select count(*) from store") == [(0,)]
    monkeypatch.setattr(where, honest)
    (file,) = shop.load(store=feed).files
    assert (file.state, file.read) == ("loaded", 3)
