"""Statements over receipts and lines can be carried to Spark: they print for it and read back as the same tree."""

from __future__ import annotations

import re
from datetime import date
from importlib.resources import files

import pytest
from sqlglot import exp, parse_one

from smc.config.facts import facts_of
from smc.config.specs.metric import AggregateMetric
from smc.config.specs.project import FieldsSpec
from smc.metric.aggregate import grouped, known_day, within
from smc.metric.columns import ACTIVITY, columns
from smc.metric.dimension import links_of, moved_by
from smc.metric.scope import TOUCHED, Scope
from smc.warehouse import sql, statement
from smc.warehouse.portable import changed

AS_OF = date(2024, 1, 1)
FACTS = facts_of(FieldsSpec())
SCANS = ("receipts", "visits", "lines", "favourite", "rfm_stored", "rfm_scanned", "slice_receipts", "slice_lines")
COUNTS = ("count_lines", "count_receipts")
FIELDS = {"lines": "discount", "receipts": "discount", "orders": "total", "web_events": "price", "bonuses": "active"}


def filled(text: str) -> exp.Expr:
    values = {
        "scope": Scope(TOUCHED, keys=(0, 9)).of("t"),
        "receipts": exp.column("receipts_30d"),
        "revenue": exp.column("revenue_30d"),
        "value": exp.column("hour"),
    }
    holes = set(re.findall(r"\$(\w+)", text))
    return sql(text, **{hole: values.get(hole, AS_OF) for hole in holes})


def carried(tree: exp.Expr) -> None:
    spark = tree.sql(dialect="spark")
    again = parse_one(spark, dialect="spark")
    assert again.sql(dialect="spark") == spark
    assert changed(tree, again) == []
    assert not [node for node in tree.find_all(exp.Not) if isinstance(node.this, exp.In)]
    assert not list(tree.find_all(exp.ArgMax))


@pytest.mark.parametrize("text", [*SCANS, *COUNTS])
def test_a_fixed_statement_is_portable(text: str) -> None:
    carried(filled(statement("smc.metric", text)))


@pytest.mark.parametrize("over", sorted(FIELDS))
@pytest.mark.parametrize("aggregate", ["count", "sum", "avg", "min", "max", "median"])
def test_an_own_metric_is_portable(over: str, aggregate: str) -> None:
    goods = {"category": "D'1", "brand": {"not_in": ["B"]}, "product": {"in": ["1", "2"]}}
    where = {} if over == "bonuses" else goods
    spec = AggregateMetric.model_validate(
        {
            "title": "T", "aggregate": aggregate, "over": over, "where": where,
            "field": None if aggregate == "count" else FIELDS[over], "window": None if over == "bonuses" else "month",
        }
    )  # fmt: skip
    carried(grouped(FACTS, over, columns("own", spec), AS_OF, Scope(TOUCHED)))


@pytest.mark.parametrize("over", sorted({column.aggregate.over for column in ACTIVITY}))
def test_the_built_in_figures_of_a_fact_are_portable(over: str) -> None:
    mine = [column for column in ACTIVITY if column.aggregate.over == over]
    carried(grouped(FACTS, over, mine, AS_OF, Scope()))
    if known_day(FACTS[over]) is not None:
        carried(within(FACTS[over], [(AS_OF, AS_OF)]))


def test_what_a_change_of_the_catalogue_moves_is_portable() -> None:
    links = links_of(ACTIVITY, FACTS)
    assert links
    for link in links:
        carried(moved_by(link, FACTS[link.fact]))


def test_every_statement_says_what_it_is_for() -> None:
    for file in (files("smc.metric") / "queries").iterdir():
        assert file.read_text(encoding="utf-8").startswith("-- "), file.name
