"""Statements over receipts and lines can be carried to Spark: they print for it and read back as the same tree."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

import pytest
from sqlglot import exp, parse_one

from smc.config.specs.project import AggregateMetric, MetricFilter
from smc.metric.custom import columns
from smc.warehouse import name, sql, statement

SCANS = ("receipts", "visits", "lines", "favourite", "rfm_stored", "rfm_scanned")
COUNTS = ("count_category", "count_brand", "count_store", "count_weekday", "count_hour")


def filled(text: str) -> exp.Expr:
    values = {"scope": exp.true(), "receipts": name("receipts_30d"), "revenue": name("revenue_30d")}
    holes = set(re.findall(r"\$(\w+)", text))
    return sql(text, **{hole: values.get(hole, date(2024, 1, 1)) for hole in holes})


def carried(tree: exp.Expr) -> None:
    spark = tree.sql(dialect="spark")
    assert parse_one(spark, dialect="spark").sql(dialect="spark") == spark
    assert not [node for node in tree.find_all(exp.Not) if isinstance(node.this, exp.In)]
    assert not list(tree.find_all(exp.ArgMax))


@pytest.mark.parametrize("text", [*SCANS, *COUNTS])
def test_a_fixed_statement_is_portable(text: str) -> None:
    carried(filled(statement("smc.metric", text)))


@pytest.mark.parametrize("over", ["receipts", "lines"])
@pytest.mark.parametrize("aggregate", ["count", "sum", "avg", "min", "max", "median"])
def test_an_own_metric_is_portable(over: str, aggregate: str) -> None:
    where = MetricFilter(category="D'1", brand="B", store="S")
    field = None if aggregate == "count" else "discount"
    spec = AggregateMetric.model_validate(
        {"title": "T", "aggregate": aggregate, "over": over, "field": field, "where": where, "window": 7}
    )
    (column,) = columns("own", spec)
    carried(column.query(date(2024, 1, 1), exp.true()))


def test_every_statement_says_what_it_is_for() -> None:
    for file in (files("smc.metric") / "queries").iterdir():
        assert file.read_text(encoding="utf-8").startswith("-- "), file.name
