"""Normalising between stage and merge: the interface that the loader uses, run on a stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.import_.normalise.apply import COLUMNS, derived_columns, joins, normalise
from smc.model.contact import BY_CODE, BY_NAME, CONTACT_FIELDS, FIRST_HARD, REASONS, is_hard
from smc.warehouse import Warehouse

FIELDS = ("email", "phone", "timezone", "country", "region", "city")
MAYBE = st.none() | st.sampled_from(
    ["a@mail.ru", "A@Mail.RU ", "8 916 123-45-67", "+79161234567", "x", "US", "Chicago", "IL", "Asia/Omsk", "é@b.ru"]
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """One for the module: normalising leaves nothing but temporary tables."""
    path = tmp_path_factory.mktemp("normalise") / "warehouse.duckdb"
    with Warehouse.open(path, timezone="UTC", memory="1GB", threads=2) as opened:
        yield opened


def stage(warehouse: Warehouse, rows: list[tuple[Any, ...]], fields: tuple[str, ...] = FIELDS) -> None:
    columns = ", ".join(f"unnest(${name}::varchar[]) as {name}" for name in (*fields, "n"))
    values = zip(*(row[: len(fields)] for row in rows), strict=True)
    params = {name: list(column) for name, column in zip(fields, values, strict=True)}
    warehouse.run(
        f"create or replace temp table smc_stage as select {columns}, n = 'bad' as bad",
        **params,
        n=[row[len(fields)] if len(row) > len(fields) else "" for row in rows],
    )


def incoming(warehouse: Warehouse, fields: tuple[str, ...] = FIELDS) -> list[dict[str, Any]]:
    """The rows as the merge takes them, in the order of the stage."""
    normalise(warehouse, fields=fields, home="RU")
    columns = ", ".join(f"{column.sql} as {column.name}" for column in derived_columns(fields))
    return warehouse.records(f"select {columns} from smc_stage s{joins(fields)} where not s.bad order by s.rowid")


def test_a_row_with_everything(warehouse: Warehouse) -> None:
    stage(warehouse, [(" Anna@Gmial.COM", "8 (495) 123-45-67", None, "Россия", None, "Самара")])
    assert incoming(warehouse) == [
        {
            "email": "Anna@gmial.com", "email_given": " Anna@Gmial.COM", "email_provider": "disposable",
            "email_status": 0, "email_suggestion": "Anna@gmail.com",
            "phone": "+74951234567", "phone_given": "8 (495) 123-45-67", "phone_type": "landline",
            "phone_operator": None, "phone_region": "RU", "phone_timezone": "Europe/Moscow", "phone_status": 0,
            "timezone_given": None, "timezone": "Europe/Samara", "timezone_from": "city", "timezone_status": None,
        }
    ]  # fmt: skip


def test_what_is_wrong_is_kept_as_given(warehouse: Warehouse) -> None:
    stage(warehouse, [("nobody", "call me", "Mars", None, None, None), ("x@b.ru", None, None, None, None, None, "bad")])
    (row,) = incoming(warehouse)
    assert {name: row[name] for name in ("email", "phone", "timezone_given")} == {
        "email": "nobody", "phone": "call me", "timezone_given": "Mars",
    }  # fmt: skip
    assert [row[f"{name}_status"] for name in ("email", "phone", "timezone")] == [31, 31, 31]
    assert [row["email_given"], row["phone_given"], row["timezone"]] == [None, None, None]
    assert warehouse.value("select count(*) from smc_email") == 1, "bad rows are left out"


@settings(max_examples=20)
@given(st.lists(st.tuples(*[MAYBE] * len(FIELDS)), min_size=1, max_size=25))
def test_rows_are_neither_lost_nor_doubled_and_the_same_text_gives_the_same(
    warehouse: Warehouse, rows: list[tuple[Any, ...]]
) -> None:
    stage(warehouse, rows)
    first = incoming(warehouse)
    assert len(first) == len(rows)
    assert incoming(warehouse) == first
    for name, given_as in (("email", 0), ("phone", 1)):
        kept = [row[f"{name}_given"] or row[name] for row in first]
        assert kept == [row[given_as] for row in rows], "what was given can be read back"


@pytest.mark.parametrize(
    "fields", [(), ("first_name",), ("email",), ("phone",), ("city",), ("timezone",), ("phone", "city")]
)
def test_a_feed_may_bring_a_part(warehouse: Warehouse, fields: tuple[str, ...]) -> None:
    names = fields or ("first_name",)
    stage(warehouse, [("x",) * len(names)], names)
    normalise(warehouse, fields=fields, home=None)
    columns = derived_columns(fields)
    assert (columns == ()) == (not set(fields) & set(FIELDS))
    selected = ", ".join(f"{column.sql} as {column.name}" for column in columns) or "1"
    assert len(warehouse.rows(f"select {selected} from smc_stage s{joins(fields)}")) == 1


def test_every_column_is_in_the_table_and_explained(warehouse: Warehouse) -> None:
    explained = dict(warehouse.rows("select column_name, comment from duckdb_columns() where table_name = 'customer'"))
    assert set(COLUMNS) <= explained.keys()
    assert all(explained[name] for name in COLUMNS)
    assert {field.name for field in CONTACT_FIELDS} <= set(COLUMNS)


def test_what_is_compared_belongs_to_one_field() -> None:
    groups = {column.name: column.of for column in derived_columns(FIELDS)}
    assert groups["email_status"] == "email"
    assert groups["phone_timezone"] == "phone"
    assert groups["timezone_given"] == "timezone"
    assert [column.name for column in derived_columns(FIELDS) if not column.compared] == [
        "timezone", "timezone_from", "timezone_status",
    ]  # fmt: skip


def test_codes_are_unique_and_split_at_thirty() -> None:
    assert len(BY_CODE) == len(BY_NAME) == len(REASONS) == 16
    assert [reason.code for reason in REASONS] == sorted(BY_CODE)
    assert not is_hard(FIRST_HARD - 1)
    assert BY_NAME["fine"].code == 0
    assert {reason.name for reason in REASONS if not reason.hard} == {
        "fine", "unavailable", "dns_error", "mailbox_full", "too_long", "timeout", "blocked_by_server",
    }  # fmt: skip
