"""Every form of the table of portable SQL means what it says: on DuckDB, and in Spark's dialect on Sail.

The examples are the traps: nights of daylight saving, halves, ties, nulls, zero, capitals, texts with % and _.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from sqlglot import exp

from smc.warehouse import sql
from smc.warehouse.portable import OTHER, PORTABLE, Columns, big_tables, changed, faults

ZONE = "America/New_York"
KNOWN = Columns({"day", "last_day", "as_of"}, {"total", "share"})
EVENING, NEXT = "timestamptz '2024-03-09 23:30:00-05'", "timestamptz '2024-03-10 23:15:00-04'"
"""Less than 24 hours apart, for the clocks went forward in between."""

VALUES: list[tuple[str, dict[str, str], Any]] = [
    ("days_between", {"first": EVENING, "last": NEXT}, 1),
    ("days_between", {"first": "date '2024-03-10'", "last": "date '2024-02-28'"}, -11),
    ("days_later", {"day": "date '2024-02-28'", "days": "2"}, date(2024, 3, 1)),
    ("days_later", {"day": "date '2024-03-01'", "days": "cast(-1 as bigint)"}, date(2024, 2, 29)),
    *(("weekday", {"day": f"date '{day}'"}, number) for day, number in (
        ("1969-12-28", 7), ("1969-12-29", 1), ("1970-01-05", 1), ("2024-02-29", 4), ("2024-03-03", 7),
    )),
    ("month_of", {"day": "date '2024-02-29'"}, date(2024, 2, 1)),
    ("month_of", {"day": NEXT}, date(2024, 3, 1)),
    ("local_day", {"instant": "timestamptz '2024-03-10 03:59:00+00'"}, date(2024, 3, 9)),
    ("local_hour", {"instant": "timestamptz '2024-03-10 07:30:00+00'"}, 3),
    ("ratio", {"above": "cast(10.10 as decimal(18, 2))", "below": "3"}, 10.10 / 3),
    ("ratio", {"above": "1", "below": "0"}, None),
    ("whole_quotient", {"above": "7", "below": "2"}, 3),
    ("whole_quotient", {"above": "-7", "below": "2"}, -3),
    ("whole_quotient", {"above": "7", "below": "0"}, None),
    ("rest", {"above": "-7", "below": "3"}, -1),
    ("rest", {"above": "7", "below": "0"}, None),
    *(("whole_below", {"value": f"cast({value} as decimal(9, 2))"}, whole) for value, whole in (
        ("2.5", 2), ("-2.5", -3), ("2.99", 2),
    )),
    *(("whole_nearest", {"value": f"cast({value} as decimal(9, 2))"}, whole) for value, whole in (
        ("2.5", 3), ("-2.5", -3), ("0.49", 0), ("3.5", 4),
    )),
    ("one_of", {"value": "'a'", "list": "('a', 'b')"}, True),
    ("one_of", {"value": "cast(null as varchar)", "list": "('a', 'b')"}, False),
    ("joined", {"left": "'a'", "right": "'b'"}, "ab"),
    ("joined", {"left": "'a'", "right": "cast(null as varchar)"}, None),
    ("contains_text", {"text": "'50% ÄPFEL'", "part": "'% äpf'"}, True),
    ("contains_text", {"text": "'50 apples'", "part": "'50%'"}, False),
    ("contains_text", {"text": "'ΟΔΟΣ'", "part": "'οδοΣ'"}, True),
    ("begins_with", {"text": "'A_b'", "part": "'a_'"}, True),
    ("begins_with", {"text": "'Axb'", "part": "'a_'"}, False),
]  # fmt: skip
ROWS: dict[str, tuple[str, dict[str, str], list[tuple[Any, ...]]]] = {
    "median": (
        "select $form from (values (cast(1.01 as decimal(18, 2))), (1.02)) as v(value)", {"value": "value"},
        [(Decimal("1.015"),)],
    ),
    "newest": (
        """select grp, id from (
            select grp, id, $form as place
            from (values ('a', 5, 2), ('a', 5, 1), ('a', null, 3), ('b', null, 9)) as v(grp, worth, id)
        ) as placed where place = 1 order by grp""",
        {"group": "grp", "by": "worth", "key": "id"}, [("a", 1), ("b", 9)],
    ),
    "counted_if": (
        "select $form from (values (true), (false), (cast(null as boolean))) as v(happened)",
        {"condition": "happened"}, [(1,)],
    ),
}  # fmt: skip


def tree_of(name: str, holes: dict[str, str]) -> exp.Expr:
    return sql(PORTABLE[name].text, **{hole: sql(text) for hole, text in holes.items()})


def queries() -> Iterator[tuple[str, exp.Expr, list[tuple[Any, ...]]]]:
    for name, holes, expected in VALUES:
        yield name, sql("select $form as result", form=tree_of(name, holes)), [(expected,)]
    for name, (text, holes, rows) in ROWS.items():
        yield name, sql(text, form=tree_of(name, holes)), rows


def same(found: Any, expected: Any) -> bool:
    """Equal rows; a floating point number to fifteen digits."""
    return bool(repr(found) == repr(expected) or found == pytest.approx(expected, rel=1e-15))


def agree(rows: list[tuple[Any, ...]], expected: list[tuple[Any, ...]]) -> bool:
    return len(rows) == len(expected) and all(
        same(one, other)
        for row, wanted in zip(rows, expected, strict=True)
        for one, other in zip(row, wanted, strict=True)
    )


def test_every_form_has_an_example() -> None:
    assert {name for name, *_ in queries()} == set(PORTABLE)


@pytest.mark.parametrize("name", PORTABLE)
def test_a_form_prints_for_spark_as_the_table_says(name: str) -> None:
    meaning = PORTABLE[name]
    holes: dict[str, Any] = {hole: exp.column(hole) for hole in re.findall(r"\$(\w+)", meaning.text)}
    tree = sql(meaning.text, **{**holes, **({"list": ["a", "b"]} if "list" in holes else {})})
    assert tree.sql(dialect=OTHER) == meaning.other
    assert faults(exp.select(tree), Columns({"day"}, set())) == []


def test_forms_mean_on_duckdb_what_the_table_says() -> None:
    with duckdb.connect() as connection:
        connection.execute(f"set TimeZone = '{ZONE}'")
        for name, query, expected in queries():
            rows = connection.execute(query.sql(dialect="duckdb")).fetchall()
            assert agree(rows, expected), f"{name}: {query.sql(dialect='duckdb')} gives {rows}"


@pytest.mark.skipif(importlib.util.find_spec("pysail") is None, reason="needs pysail and pyspark-client")
def test_forms_mean_on_spark_what_the_table_says() -> None:
    """On Sail, which speaks Spark's protocol and dialect without Java."""
    from pysail.spark import SparkConnectServer  # type: ignore[import-not-found, unused-ignore]
    from pyspark.sql import SparkSession  # type: ignore[import-not-found, unused-ignore]

    server = SparkConnectServer(port=0)
    server.start()
    session = SparkSession.builder.remote(f"sc://127.0.0.1:{server.listening_address[1]}").getOrCreate()
    try:
        session.conf.set("spark.sql.session.timeZone", ZONE)
        for name, query, expected in queries():
            rows = [tuple(row) for row in session.sql(query.sql(dialect=OTHER)).collect()]
            assert agree(rows, expected), f"{name}: {query.sql(dialect=OTHER)} gives {rows}"
    finally:
        session.stop()
        server.stop()


@pytest.mark.parametrize(
    "text",
    [
        "select arg_max(a, b) from t", "select a from t where a not in (select b from u)", "select isodow(day) from t",
        "select dayofweek(day) from t", "select extract(dow from day) from t",
        "select date_diff('day', at, $as_of) from t",
        "select day - last_day from t", "select total / 3 from t", "select cast(total as double) / total from t",
        "select 7 // a from t", "select a % b from t", "select cast(total as integer) from t",
        "select cast(sum(worth) as bigint) from (select total * 2 as worth from t) as u",
        "select list(a order by b) from t", "select string_agg(a, ',') from t", "select a from t where a ilike 'b%'",
        "select a from t where a like 'b%'", "select a from t where regexp_matches(a, 'b')", "select upper(a) from t",
        "select concat(a, b) from t", "select quantile_disc(total, 0.5) from t", "select median(total) from t",
        "select median(cast(total as decimal(18, 3))) filter (where a) from t",
        "select date_trunc('month', day) from t", "select * exclude (a) from t", "select a, sum(b) from t group by all",
        "select distinct on (a) b from t", "select t.a from t asof join u on t.a >= u.a", "select current_date from t",
        "select any_value(a) from t", "select first(a) from t", "select mode(a) from t", "select made_up(a) from t",
        "select strftime(day, '%Y') from t", "select hash(a) from t", "select random() from t",
        "with recursive u as (select 1 as a union all select a + 1 from u) select a from u",
    ],
)  # fmt: skip
def test_what_other_engines_read_otherwise_is_found(text: str) -> None:
    assert faults(sql(text.replace("$as_of", "date '2024-01-01'")), KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "select date_diff('day', max(day), date '2024-01-01') from t",
        "select date_diff('day', d, last_day) from (select min(day) filter (where a) as d, last_day from t) as u",
        "select cast(sum(total) as double) / nullif(cast(count(*) as double), 0) from t",
        "select a from t where a not in (1, 2) and b is null", "select cast(day as varchar) from t",
        "select cast(floor(total) as bigint), cast(count(*) as integer) from t", "select a || b from t",
        "select bucket_of('salt', a) from t", "select cast(date_trunc('month', day) as date) from t",
    ],
)  # fmt: skip
def test_what_all_engines_read_alike_is_let_through(text: str) -> None:
    assert faults(sql(text), KNOWN) == []


_WHOLE = "select k, sum(m) filter (where a > 1) as s from t join u on t.k = u.k where not b and c = 2 group by k"


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        (_WHOLE, []),
        (_WHOLE.replace("not b and", ""), ["And", "Column b", "Not"]),
        (_WHOLE.replace(" filter (where a > 1)", ""), ["Column a", "Filter", "GT", "Where"]),
        (_WHOLE.replace("c = 2", "c < 2"), ["EQ", "LT"]),
        (_WHOLE.replace("sum(m)", "max(m)"), ["Max", "Sum"]),
        (_WHOLE.replace(" join u on t.k = u.k", ""), ["Column k", "EQ", "Join", "Table u"]),
    ],
)
def test_what_is_lost_on_the_way_is_found(text: str, lost: list[str]) -> None:
    assert changed(sql(_WHOLE), sql(text)) == lost


def test_a_condition_that_spark_would_not_get_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sql("select a from t where a > 1 and b")
    monkeypatch.setattr("smc.warehouse.portable.printed", lambda _: "SELECT a FROM t WHERE a > 1")
    assert faults(whole, KNOWN) == ["arrives in Spark with other And", "arrives in Spark with other Column b"]


def test_big_tables_are_found_at_any_depth() -> None:
    tree = sql(
        "with x as (select * from receipt_line) select * from x join (select * from product) p using (product_key)"
    )
    assert big_tables(tree) == {"receipt_line"}
