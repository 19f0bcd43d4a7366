"""Each figure has one statement, and each statement can be carried to Spark."""

from __future__ import annotations

from importlib.resources import files

import pytest
from sqlglot import exp, parse_one

from smc.report.figure import FIGURES
from smc.warehouse import statement

NAMES = sorted(item.name[:-4] for item in (files("smc.report") / "queries").iterdir() if item.name.endswith(".sql"))
SHARED = (
    "segment_figures", "customer_reach", "contact_status", "rfm_matrix", "rfm_cells", "rfm_bounds", "rfm_history",
    "rfm_ends", "rfm_migration", "rfm_months", "rfm_seen", "rfm_seen_then", "rfm_state", "rfm_one", "rfm_stays",
)  # fmt: skip
SELECTS = [name for name in NAMES if not name.startswith("attribution_window")]


def test_every_figure_has_its_statement() -> None:
    for name, figure in FIGURES.items():
        assert statement(figure.package, name)
    assert {name for name, figure in FIGURES.items() if figure.package == "smc.report"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_statement_says_what_it_is_for_and_reads_no_clock(name: str) -> None:
    text = statement("smc.report", name)
    assert text.startswith("-- ")
    assert not {"now()", "current_date", "current_timestamp", "today()"} & set(text.lower().split())


@pytest.mark.parametrize(
    ("package", "name"),
    [("smc.report", name) for name in (*SELECTS, "attribution") if not name.startswith("customer_")]
    + [("smc.warehouse", name) for name in SHARED],
)
def test_statement_can_be_printed_for_spark_and_read_back(package: str, name: str) -> None:
    tree = parse_one(statement(package, name), dialect="duckdb")
    there = tree.sql(dialect="spark")
    assert isinstance(parse_one(there, dialect="spark"), exp.Query)
    assert not list(tree.find_all(exp.ArgMax, exp.ArgMin))
    assert not [node for node in tree.find_all(exp.Not) if isinstance(node.this, exp.In)]
