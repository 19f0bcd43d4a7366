"""The order in which files arrive does not matter where rows carry their own time."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize("order", [("no", "yes"), ("yes", "no"), ("yes", "no", "yes")])
def test_a_withdrawal_holds_at_one_instant(tmp_path: Path, order: tuple[str, ...]) -> None:
    files = [(number, text([("c1", "email", state, 2)])) for number, state in enumerate(order)]
    now, history = loaded(tmp_path, files)
    assert [row[3] for row in now] == ["no"]
    assert sorted(row[3] for row in history) == ["no", "yes"]
