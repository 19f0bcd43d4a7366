"""The order in which files arrive does not matter where rows carry their own time."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.config.specs.project import FieldsSpec
from smc.warehouse import Warehouse
from tests.import_.conftest import Shop, make_feed

pytestmark = pytest.mark.slow

HEAD = "customer_id,channel,category,state,changed_at\n"
Row = tuple[str, str, str, int]
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["c1", "c2"]), st.sampled_from(["email", "sms"]), st.sampled_from(["yes", "no"]),
        st.integers(0, 4),
    ),
    min_size=3, max_size=14, unique=True,
)  # fmt: skip
KEPT = (
    "select c.customer_id, channel, category, state, epoch(changed_at) from {} "
    "join customer_ident c using (customer_key) order by all"
)


def text(rows: list[Row]) -> str:
    return HEAD + "".join(
        f"{customer},{channel},news,{state},2017-12-01 10:00:0{second}\n" for customer, channel, state, second in rows
    )


def loaded(root: Path, files: list[tuple[int, str]]) -> list[Any]:
    """Permissions and their history after the files came one a night, in this order."""
    with Warehouse.open(root / "w.duckdb", timezone="America/New_York", memory="500MB", threads=1) as warehouse:
        shop = Shop(root, warehouse, {"subscription": make_feed("subscription", files="*.csv")})
        for number, body in files:
            shop.drop(f"{number}.csv", body)
            assert shop.load(date(2017, 12, 29)).failures == ()
        return [warehouse.rows(KEPT.format(table)) for table in ("subscription", "subscription_log")]


@pytest.mark.slow
@settings(max_examples=8)
@given(data=st.data(), rows=ROWS)
def test_permissions(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, rows: list[Row]) -> None:
    """Of two at one instant a "no" holds, also when they come in different files."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(rows) - 1), min_size=1, max_size=3)))
    pieces = [rows[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]
    files = [(number, text(piece)) for number, piece in enumerate(pieces)]
    other = data.draw(st.permutations(files))
    now, history = loaded(tmp_path_factory.mktemp("one"), files)
    assert loaded(tmp_path_factory.mktemp("other"), other) == [now, history]
    # Within one file the "yes" against a "no" of its instant is rejected.
    taken = [row for piece in pieces for row in piece if row[2] == "no" or (*row[:2], "no", row[3]) not in piece]
    assert Counter((row[0], row[1], row[3]) for row in history) == Counter(row[:3] for row in taken)
    newest = {row[:2]: row[2] for row in sorted(taken, key=lambda row: (row[3], row[2] == "no"))}
    assert {(row[0], row[1]): row[3] for row in now} == newest


FEEDS: dict[str, dict[str, Any]] = {
    "all": {name: name for name in ("name", "brand", "price", "custom.colour")},
    "brands": {"brand": {"column": "brand", "blank": "keep"}, "custom.colour": "custom.colour"},
    "names": {"name": "name", "brand": "brand"},
    "prices": {"price": {"column": "price", "blank": "keep"}, "name": {"column": "name", "blank": "keep"}},
}
"""What feeds of one object map; those of ``all`` say something with an empty cell too."""
CELLS = ("name", "brand", "price", "custom.colour")
Said = tuple[str, str, tuple[str, ...]]
SAID = st.lists(
    st.tuples(
        st.sampled_from(sorted(FEEDS)), st.sampled_from("pq"), st.tuples(*[st.sampled_from(["", "1", "2"])] * 4)
    ),
    min_size=2, max_size=9,
)  # fmt: skip
GOODS = (
    "select product_id, name, brand, price, custom['colour'], changed_at, price_at, fields_at from product "
    "join product_ident using (product_key) order by all"
)


def goods(root: Path, files: list[list[tuple[int, Said]]]) -> list[tuple[Any, ...]]:
    """Products after files of rows with the second of each; a file is of the feed that its first row names."""
    fields = FieldsSpec.model_validate({"product": {"colour": {"title": "Colour", "type": "string"}}})
    feeds = {
        name: make_feed("product", {"product_id": "id", "changed_at": "at", **fed}, files=f"{name}-*")
        for name, fed in FEEDS.items()
    }
    with Warehouse.open(root / "w.duckdb", timezone="America/New_York", memory="500MB", threads=1) as warehouse:
        shop = Shop(root, warehouse, feeds, fields=fields)
        for number, rows in enumerate(files):
            body = "".join(f"{one},2017-12-01 10:00:0{at},{','.join(cells)}\n" for at, (_, one, cells) in rows)
            shop.drop(f"{rows[0][1][0]}-{number}.csv", f"id,at,{','.join(CELLS)}\n{body}")
            assert shop.load(date(2017, 12, 29)).failures == ()
        return warehouse.rows(GOODS)


def newest(rows: list[Said]) -> dict[str, list[str]]:
    """Of each field the last word that a row says."""
    held: dict[str, list[str]] = {}
    for name, one, cells in rows:
        words = held.setdefault(one, [""] * len(CELLS))
        for at, cell in enumerate(CELLS):
            if cell in FEEDS[name] and (cells[at] or isinstance(FEEDS[name][cell], str)):
                words[at] = cells[at]
    return held


@settings(max_examples=6)
@given(data=st.data(), said=SAID)
def test_feeds_of_different_fields(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, said: list[Said]
) -> None:
    """Rows of some fields leave room for others, and empty cells that change nothing say nothing."""
    rows = list(enumerate(said))
    singles = goods(tmp_path_factory.mktemp("one"), [[row] for row in data.draw(st.permutations(rows))])
    found = {row[0]: ["" if cell is None else f"{cell}".removesuffix(".00") for cell in row[1:5]] for row in singles}
    assert found == newest(said)
    whole = [[row for row in rows if row[1][0] == name] for name in data.draw(st.permutations(sorted(FEEDS)))]
    assert goods(tmp_path_factory.mktemp("whole"), [file for file in whole if file]) == singles


@pytest.mark.parametrize("order", [("no", "yes"), ("yes", "no"), ("yes", "no", "yes")])
def test_a_withdrawal_holds_at_one_instant(tmp_path: Path, order: tuple[str, ...]) -> None:
    files = [(number, text([("c1", "email", state, 2)])) for number, state in enumerate(order)]
    now, history = loaded(tmp_path, files)
    assert [row[3] for row in now] == ["no"]
    assert sorted(row[3] for row in history) == ["no", "yes"]
