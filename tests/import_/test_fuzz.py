"""Any dialect that Python's csv writes is read alike; of any rubbish every row is accounted for."""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smc.import_.read.reading import BLANKS
from smc.warehouse import Warehouse

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from tests.import_.conftest import Shop

QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    path = tmp_path_factory.mktemp("fuzz") / "w.duckdb"
    with Warehouse.open(path, timezone="America/New_York", memory="500MB", threads=2) as warehouse:
        yield warehouse


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    quote: str
    escape: str | None
    end: Literal["\n", "\r\n", "\r"]
    header: bool
    encoding: str
    packed: bool
    skip: int
    trailer: bool
    all_quoted: bool

    @property
    def layout(self) -> dict[str, Any]:
        columns = {} if self.header else {"columns": ["store_id", "name", "region"]}
        trailer = {"trailer": "rows: {rows}."} if self.trailer else {}
        return {
            "delimiter": self.delimiter, "quote": self.quote, "escape": self.escape, "header": self.header,
            "encoding": self.encoding, "skip": self.skip, **columns, **trailer,
        }  # fmt: skip

    def write(self, rows: list[tuple[str, str, str]]) -> bytes:
        out = io.StringIO()
        # With an escape sign csv escapes outside quotes too, which means something else to everybody else.
        quoted: Literal[0, 1] = 1 if self.all_quoted or self.escape or self.end == "\r" else 0
        writer = csv.writer(
            out, delimiter=self.delimiter, quotechar=self.quote, escapechar=self.escape, quoting=quoted,
            doublequote=self.escape is None, lineterminator=self.end,
        )  # fmt: skip
        for i in range(self.skip):
            out.write(f"line {i} before{self.end}")
        if self.header:
            writer.writerow(["store_id", "name", "region"])
        writer.writerows(rows)
        if self.trailer:
            out.write(f"rows: {len(rows)}.{self.end}")
        data = out.getvalue().encode(self.encoding)
        return gzip.compress(data, mtime=0) if self.packed else data


SIGNS = st.permutations([",", ";", "|", "\t", "~", "'", '"', "^", "\\"])
DIALECTS = st.builds(
    lambda signs, escape, **more: Dialect(signs[0], signs[1], signs[2] if escape else None, **more),
    SIGNS,
    escape=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    header=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-16-be", "cp1251", "koi8-r"]),
    packed=st.booleans(),
    skip=st.integers(0, 2),
    trailer=st.booleans(),
    all_quoted=st.booleans(),
)
CELLS = st.text(st.sampled_from("abЖя1 ,;|\t~'\"^\\\n\r\u00a0"), max_size=7)


def emptied(shop: Any, warehouse: Warehouse) -> Any:
    for table in ("store", "import_file", "reject"):
        warehouse.run(f"delete from {table}")
    shop.warehouse = warehouse
    for old in shop.drops.iterdir():
        old.unlink()
    return shop


def feed_of(shop: Shop, layout: dict[str, Any]) -> Any:
    fields = {"store_id": "store_id", "name": "name", "region": "region"}
    return shop.feed("store", fields, files="*", format=layout)


def as_loaded(cell: str, end: str) -> str:
    """A file of CR only gets LF, in its cells too; cells are trimmed."""
    text = cell.replace("\r\n", "\n").replace("\r", "\n") if end == "\r" else cell
    return text.strip(BLANKS)


@settings(max_examples=80, deadline=None, suppress_health_check=QUIET)
@given(dialect=DIALECTS, rows=st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_what_csv_writes_is_what_is_loaded(
    shop: Shop, lasting: Warehouse, dialect: Dialect, rows: list[tuple[str, str]]
) -> None:
    if dialect.encoding == "koi8-r":
        rows = [(a.replace("\u00a0", " "), b.replace("\u00a0", " ")) for a, b in rows]
    if dialect.end != "\r":
        # Python 3.11 writes a lone CR without quotes when lines end otherwise; nobody can read that back.
        rows = [(a.replace("\r", ""), b.replace("\r", "")) for a, b in rows] if not dialect.all_quoted else rows
    full = [(f"s{i}", a, b) for i, (a, b) in enumerate(rows)]
    emptied(shop, lasting)
    (shop.drops / ("x.gz" if dialect.packed else "x.csv")).write_bytes(dialect.write(full))
    result = shop.load(store=feed_of(shop, dialect.layout))
    (file,) = result.files
    assert (file.state, file.read, file.accepted) == ("loaded", len(full), len(full)), (file, shop.rejects())
    taken = shop.rows("select store_id, name, region from store")
    found = {key: (name or "", region or "") for key, name, region in taken}
    assert found == {key: (as_loaded(a, dialect.end), as_loaded(b, dialect.end)) for key, a, b in full}


def _bent(data: bytes, draw: random.Random, dialect: Dialect) -> bytes:
    """Bytes put in, taken out and cut off."""
    bent = bytearray(data)
    signs = [dialect.quote, dialect.delimiter, dialect.escape or "\\", "\n", "\r", "\0", "\u00ff"]
    for _ in range(draw.randrange(1, 6)):
        at = draw.randrange(len(bent) + 1)
        match draw.randrange(4):
            case 0:
                bent[at:at] = draw.choice(signs).encode("utf-8")
            case 1:
                del bent[at : at + draw.randrange(1, 5)]
            case 2:
                bent[at:at] = draw.randbytes(draw.randrange(1, 9))
            case _:
                bent[at:] = b"" if draw.random() < 0.3 else bent[at:]
    return bytes(bent)


@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(dialect=DIALECTS, rows=st.lists(st.tuples(CELLS, CELLS), max_size=8), seed=st.integers(0, 2**32))
def test_every_row_of_rubbish_is_accounted_for(
    shop: Shop, lasting: Warehouse, dialect: Dialect, rows: list[tuple[str, str]], seed: int
) -> None:
    full = [(f"s{i}", a.replace("\u00a0", ""), b.replace("\u00a0", "")) for i, (a, b) in enumerate(rows)]
    emptied(shop, lasting)
    data = _bent(dialect.write(full), random.Random(seed), dialect)  # noqa: S311 - no secret
    (shop.drops / ("x.gz" if dialect.packed else "x.csv")).write_bytes(data)
    accounted(shop, feed_of(shop, dialect.layout))


STARTS = [
    b"", b"store_id,name,region\n", b"PK\x03\x04", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"PAR1", b'{"store_id":',
]  # fmt: skip
LAYOUTS: list[dict[str, Any]] = [
    {}, {"kind": "ndjson"}, {"kind": "parquet"}, {"encoding": "utf-16-le"}, {"comment": "#"},
]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=QUIET)
@given(
    data=st.builds(lambda start, rest: start + rest, st.sampled_from(STARTS), st.binary(max_size=300)),
    name=st.sampled_from(["x.csv", "x.gz", "x.zip", "x.zst"]),
    layout=st.sampled_from(LAYOUTS),
)
def test_random_bytes_under_any_name(
    shop: Shop, lasting: Warehouse, data: bytes, name: str, layout: dict[str, Any]
) -> None:
    emptied(shop, lasting)
    (shop.drops / name).write_bytes(data)
    accounted(shop, feed_of(shop, layout))


def accounted(shop: Shop, feed: Any) -> None:
    """Loaded with every row accounted for, refused with a reason, or left for next time; nothing is raised."""
    result = shop.load(store=feed)
    assert len(result.files) + len(result.waiting) == 1
    for file in result.files:
        if file.state == "refused":
            assert file.reason
            assert shop.rows("select count(*) from store") == [(0,)]
        else:
            assert file.read == file.accepted + file.unchanged + file.rejected + file.duplicate
            assert shop.rows("select count(*) from store") == [(file.accepted,)]
            assert shop.rows("select count(distinct line) from reject") == [(file.rejected,)]
