"""Statements with holes: what goes in comes out as a value, whatever it looks like."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.warehouse import Warehouse, all_of, any_of, name, sql, text_of

VALUES = (
    st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"))
    | st.integers(-(2**62), 2**62)
    | st.decimals(min_value=-(10**9), max_value=10**9, places=2)
    | st.booleans()
    | st.dates()
    | st.none()
)


@given(value=VALUES)
def test_a_value_survives_the_way_through_sql(warehouse: Warehouse, value: Any) -> None:
    assert warehouse.value(sql("select $value as v", value=value)) == value


@pytest.mark.parametrize("text", ["it's", "'; drop table customer; --", '"', "\\", "$x", "%_", "{{ x }}", "\n"])
def test_text_is_never_read_as_sql(warehouse: Warehouse, text: str) -> None:
    assert warehouse.value(sql("select $text as v", text=text)) == text
    assert warehouse.value(sql("select 1 as v where $text in $texts", text=text, texts=[text, "other"])) == 1


def test_trees_keep_their_meaning_in_their_new_place() -> None:
    either = sql("a or b")
    assert text_of(sql("select 1 where $x and not $x", x=either)) == "SELECT 1 WHERE (a OR b) AND NOT (a OR b)"
    assert text_of(sql("select $x * 2", x=sql("a + b"))) == "SELECT (a + b) * 2"
    assert text_of(sql("select k from $q as q", q=sql("select 1 as k"))) == "SELECT k FROM (SELECT 1 AS k) AS q"


def test_names_are_quoted() -> None:
    assert text_of(sql("select $c from $t", c=name("order"), t=name("my table"))) == 'SELECT "order" FROM "my table"'


def test_instants_need_a_zone() -> None:
    assert "2017-12-29" in text_of(sql("$at", at=datetime(2017, 12, 29, tzinfo=UTC)))
    with pytest.raises(ValueError, match="an instant needs a zone"):
        sql("$at", at=datetime(2017, 12, 29))  # noqa: DTZ001 - the missing zone is what is tested


def test_holes_must_be_filled_and_used() -> None:
    with pytest.raises(ValueError, match=r"hole \$day is not filled"):
        sql("select $day")
    with pytest.raises(ValueError, match="no hole for day"):
        sql("select 1", day=date(2017, 1, 1))
    with pytest.raises(ValueError, match="at least one value"):
        sql("a in $list", list=[])


def test_all_and_any_of_nothing() -> None:
    assert (text_of(all_of([])), text_of(any_of([]))) == ("TRUE", "FALSE")
    assert text_of(all_of([sql("a"), sql("b")])) == "a AND b"


def test_money_stays_exact(warehouse: Warehouse) -> None:
    assert warehouse.value(sql("select $x + $y", x=Decimal("0.10"), y=Decimal("0.20"))) == Decimal("0.30")
