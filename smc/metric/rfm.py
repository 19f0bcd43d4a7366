"""RFM: scores 1 to 5 (5 best) from boundaries that are stored, and the cells of ``rfm.yaml``.

Over customers with a paid receipt in the period: recency is days since the last one, frequency their number, monetary
the revenue of the period. Equal values always get the same score; see queries/rfm_boundary.sql for the rule.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256

from sqlglot import exp

from smc.config.specs.project import RfmCell, RfmSpec
from smc.metric.window import since
from smc.model.metrics import WINDOW_DAYS
from smc.warehouse import DuckDBEngine, Warehouse, name, sql, statement

MEASURES = ("recency", "frequency", "monetary")


def score(warehouse: Warehouse, rfm: RfmSpec, as_of: date) -> int:
    """Replace the rows of ``rfm`` and the boundaries of ``as_of``; the number of customers with scores."""
    engine = DuckDBEngine(warehouse)
    engine.materialise("metric_rfm", _values(rfm, as_of))
    warehouse.run("delete from rfm_boundary where as_of = $as_of", as_of=as_of)
    warehouse.run(statement("smc.metric", "rfm_boundary"), as_of=as_of)
    warehouse.run("delete from rfm")
    scored = warehouse.run(_scored(warehouse, rfm, as_of))
    warehouse.run("drop table metric_rfm")
    return scored


def definition(rfm: RfmSpec) -> str:
    """sha256 of the period and the cells; titles do not matter."""
    cells = [(cell, *_scores(spec)) for cell, spec in rfm.cells.items()]
    texts = [statement("smc.metric", part) for part in ("rfm_stored", "rfm_scanned", "rfm_boundary")]
    return sha256(repr((rfm.period, cells, texts)).encode()).hexdigest()


def _values(rfm: RfmSpec, as_of: date) -> exp.Expr:
    suffix = WINDOW_DAYS.get(rfm.period)
    if suffix is None:
        return sql(statement("smc.metric", "rfm_scanned"), as_of=as_of, since=since(as_of, rfm.period))
    receipts, revenue = name(f"receipts_{suffix}"), name(f"revenue_{suffix}")
    return sql(statement("smc.metric", "rfm_stored"), as_of=as_of, receipts=receipts, revenue=revenue)


def _scored(warehouse: Warehouse, rfm: RfmSpec, as_of: date) -> exp.Expr:
    rows = warehouse.rows("select measure, score, bound from rfm_boundary where as_of = $as_of", as_of=as_of)
    bounds = {(measure, place): bound for measure, place, bound in rows}
    scores = {measure: _score(measure, bounds) for measure in MEASURES}
    return sql(
        """
        insert into rfm (customer_key, recency, frequency, monetary, cell)
        select customer_key, recency, frequency, monetary, $cell
        from (
            select customer_key, $recency as recency, $frequency as frequency, $monetary as monetary from metric_rfm
        ) as scored
        """,
        cell=_cell(rfm),
        **scores,
    )


def _score(measure: str, bounds: dict[tuple[str, int], object]) -> exp.Expr:
    """The score of a value: the highest whose boundary it reaches; scores without a boundary are given to nobody."""
    text = "$value <= $bound" if measure == "recency" else "$value >= $bound"
    case = exp.Case()
    for place in (5, 4, 3, 2):
        if (measure, place) in bounds:
            bound = exp.Literal.number(str(bounds[measure, place]))
            case = case.when(sql(text, value=name(measure), bound=bound), exp.convert(place))
    return case.else_(exp.convert(1)) if case.args.get("ifs") else sql("1")


def _cell(rfm: RfmSpec) -> exp.Expr:
    """The first cell that matches; null when none does."""
    case = exp.Case()
    for cell, spec in rfm.cells.items():
        if all(_scores(spec)):
            case = case.when(_matches(spec), exp.convert(cell))
    text = "cast(null as varchar)"
    return case.else_(sql(text)) if case.args.get("ifs") else sql(text)


def _matches(cell: RfmCell) -> exp.Expr:
    recency, frequency, monetary = _scores(cell)
    text = "recency in $recency and frequency in $frequency and monetary in $monetary"
    return sql(text, recency=recency, frequency=frequency, monetary=monetary)


def _scores(cell: RfmCell) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    return cell.recency, cell.frequency, cell.monetary
