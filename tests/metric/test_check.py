"""Mistakes in metrics.yaml and rfm.yaml, each with its place and what to write."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from smc.config.document import parse
from smc.config.metrics import catalog
from smc.config.problem import Problem
from smc.config.specs.project import FieldsSpec, MetricsSpec, RfmSpec
from smc.metric.check import check_metrics, check_rfm


def metric_problems(*lines: str) -> list[Problem]:
    """Problems of a metric ``own`` with these lines; a line that begins with - starts another metric."""
    text = "metrics:\n  own:\n    title: T\n"
    for line in lines:
        text += f"  {line[1:]}:\n    title: T\n" if line.startswith("-") else f"    {line}\n"
    doc, problems = parse(text, MetricsSpec, file=Path("metrics.yaml"))
    assert doc is not None, problems
    catalog(doc.spec, FieldsSpec())  # never fails, whatever is wrong
    return check_metrics(doc)


_COUNTED = ("aggregate: count", "over: receipts")


@pytest.mark.parametrize(
    ("lines", "line", "message", "remedy"),
    [
        (["expression: revenu / receipts"], 4, "There is no metric 'revenu'.", "Did you mean 'revenue'?"),
        (["expression: first_receipt + 1"], 4, "'first_receipt' is a date, not a number.", "numbers"),
        (["expression: revenue +"], 4, "cannot be read", "brackets"),
        (["expression: revenue ** 2"], 4, "'revenue ** 2' is not arithmetic", "brackets"),
        (["expression: abs(revenue)"], 4, "'abs(revenue)' is not arithmetic", "brackets"),
        (["expression: revenue % 2"], 4, "'%' cannot stand", "brackets"),
        (["expression: 1e5 * revenue"], 4, "'1e5' is not a number", "brackets"),
        (["expression: own + 1"], 4, "refers to itself: own → own.", "without the others"),
        (["expression: two", "-two", "expression: own"], 4, "refers to itself: own → two → own.", "without"),
        ([f"expression: {'revenue + ' * 200}1"], 4, "longer than 1000", "Split"),
        ([f"expression: {'(' * 30}revenue{' + 1) / 2' * 30}"], 4, "nested too deeply", "fewer"),
        (["aggregate: sum", "over: receipts"], 4, "sum needs a field of the receipts.", "total"),
        (["aggregate: sum", "over: receipts", "field: amount"], 6, "no field 'amount'", "Known: bonus_accrued"),
        (["aggregate: max", "over: lines", "field: quantitty"], 6, "no field 'quantitty'", "'quantity'"),
        (["aggregate: count", "over: lines", "field: amount"], 6, "count counts lines", "distinct"),
        (["aggregate: count", "over: receipts", "where: {amount: {at_least: 1}}"], 6, "has no amount", "total"),
        ([*_COUNTED, "where: {store: {in: [S1], not_in: [S1]}}"], 6, "No value of 'store_id' passes all", "Take one"),
        ([*_COUNTED, "where: {total: {equals: 5, less: 3}}"], 6, "No value of 'total' passes all", "Take one"),
        ([*_COUNTED, "where: {total: {in: [1, 2], at_least: 3}}"], 6, "No value of 'total' passes all", "Take one"),
        ([*_COUNTED, "where: {category: {equals: D, not_in: [D]}}"], 6, "No value of 'category_id'", "Take one"),
        ([*_COUNTED, "where: {promocode: {empty: true, contains: A}}"], 6, "No value of 'promocode'", "Take one"),
        ([*_COUNTED, "where: {total: {more: 5, less: 3}}"], 6, "lies between", "lower bound"),
        (
            ["aggregate: count", "over: events", "where: {context.a: {more: 5, not_in: [x]}}"],
            6,
            "holds numbers",
            "9.99",
        ),
        (["expression: '1'", "-revenue", "expression: '2'"], 6, "is a built-in metric", "sum of totals"),
        (["expression: '1'", "-email", "expression: '2'"], 6, "is a field of the customer", "another name"),
        (["expression: '1'", "-customer_key", "expression: '2'"], 6, "is a field of the customer", "another name"),
    ],
)
def test_a_mistake_has_its_line_and_a_remedy(lines: list[str], line: int, message: str, remedy: str) -> None:
    problem = metric_problems(*lines)[0]
    assert message in problem.message
    assert remedy in problem.remedy
    assert problem.place.line in (line, line - 1)


@pytest.mark.parametrize(
    "lines",
    [
        ["expression: -(revenue - discount) / (receipts + 0.5)"],
        ["aggregate: count", "over: receipts", "where: {category: D, total: {at_least: 1}, store: S}"],
        ["aggregate: median", "over: lines", "field: price", "window: 2 weeks", "where: {amount: {at_most: 9}}"],
        [*_COUNTED, "where: {total: {equals: 5, at_most: 5}, category: {in: [D], not_in: [M]}, day: {empty: true}}"],
        [*_COUNTED, "where: {store: {in: [S1, S2], not_in: [S1]}, promocode: {equals: Ab, starts_with: a}}"],
        [
            *_COUNTED,
            "where: {promocode: {empty: true, not_equals: A}, day: {equals: 2026-01-31, at_least: 2026-01-31}}",
        ],
        ["penetration: dairy"],
        ["aggregate: sum", "over: events", "field: context.a", "where: {context.a: {more: 5}, context.b: true}"],
        ["aggregate: count", "over: events", "where: {context.day: {at_least: 2026-01-31}, context.c: {in: [x]}}"],
    ],
)
def test_what_is_right_passes(lines: list[str]) -> None:
    assert metric_problems(*lines) == []


def test_a_penetration_names_a_category() -> None:
    doc, problems = parse("metrics:\n  own: {title: T, penetration: ''}\n", MetricsSpec, file=Path("metrics.yaml"))
    assert doc is None
    assert [problem.place.line for problem in problems] == [2]


def rfm_problems(cells: str) -> list[Problem]:
    doc, problems = parse(f"cells:\n{cells}", RfmSpec, file=Path("rfm.yaml"))
    assert doc is not None, problems
    return check_rfm(doc)


def test_a_cell_that_others_cover_wholly_is_told() -> None:
    cells = """
  good: {title: G, recency: [4, 5]}
  rest: {title: R, recency: [1, 2, 3]}
  lost: {title: L, recency: [1]}
  mixed: {title: M, recency: [3, 4], frequency: [5]}
"""
    lost, mixed = rfm_problems(cells)
    assert lost.message == "Cell 'lost' can never match: what it wants goes to 'rest'."
    assert mixed.message == "Cell 'mixed' can never match: what it wants goes to 'good', 'rest'."
    assert lost.place.line < mixed.place.line


def test_a_cell_without_a_score_is_told_and_overlap_is_no_mistake() -> None:
    problems = rfm_problems("  none: {title: N, recency: []}\n  a: {title: A, recency: [5]}\n  b: {title: B}\n")
    assert [problem.message for problem in problems] == ["Cell 'none' lists no score of recency."]


def test_checking_loads_nothing_heavy() -> None:
    heavy = ("duckdb", "sqlglot", "jinja2", "sqlalchemy")
    code = f"import sys, smc.metric.check; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
