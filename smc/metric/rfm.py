"""RFM: scores 1 to 5 (5 best) from boundaries that are stored, the cells of ``rfm.yaml``, and who changed when.

Over customers with a paid receipt in the period: recency is days since the last one, frequency their number, monetary
the revenue of the period. Equal values always get the same score; see queries/rfm_boundary.sql for the rule.

``rfm`` holds the scores of the day that was computed last, ``rfm_change`` the history: what became different on which
day. History only goes forward. Computing its last day again writes that day's changes anew; an earlier day changes
``rfm`` and leaves the history alone, and the next later day goes on from where the history ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlglot import exp

from smc.config.specs.project import RfmCell, RfmSpec
from smc.metric.window import since
from smc.model.metrics import WINDOW_DAYS
from smc.warehouse import DuckDBEngine, Warehouse, all_of, any_of, name, sql, statement

MEASURES = ("recency", "frequency", "monetary")
_Bounds = Mapping[tuple[str, int], object]
"""Where each score of a measure begins."""
_STATE = "rfm_scores"
"""Name in ``watermark`` of the day and the definition of what stands in ``rfm``."""
_TEMPORARY = ("metric_rfm", "metric_rfm_moved", "metric_rfm_log", "metric_rfm_some", "metric_rfm_before")


@dataclass(frozen=True, slots=True)
class _Stand:
    """Day and definition of scores; ``None`` when nothing was computed."""

    as_of: date | None
    definition: str | None


def score(warehouse: Warehouse, rfm: RfmSpec, as_of: date) -> int:
    """Bring ``rfm`` and its boundaries to ``as_of`` and note who changed; the number of customers with scores.

    The caller has the transaction. Only rows that become different are written.
    """
    history = _history(warehouse)
    replay = history.as_of is not None and as_of < history.as_of
    present = _present(warehouse)
    if not replay and present.as_of != history.as_of:
        present = _go_back(warehouse, history)
    DuckDBEngine(warehouse).materialise("metric_rfm", _values(rfm, as_of))
    warehouse.run("delete from rfm_boundary where replay")
    old = {} if present.as_of is None else _bounds(warehouse, present.as_of, replay=False)
    bound(warehouse, as_of, replay=replay)
    same = present.definition == meaning(rfm)
    scores, before = scored(warehouse, as_of, replay=replay), "rfm"
    if same and not replay and _find_some(warehouse, rfm, old, present.as_of, as_of):
        scores = sql("select * from $scores as s where customer_key in (select customer_key from metric_rfm_some)",
                     scores=scores)  # fmt: skip
        before = "metric_rfm_before"
    _move(warehouse, scores, cell_of(rfm), cell_of(rfm, "o") if same else None, before=before)
    customers = int(warehouse.value("select count(*) from rfm"))
    if not replay:
        _log(warehouse, rfm, as_of, customers)
    _remember(warehouse, rfm, as_of)
    for table in _TEMPORARY:
        warehouse.run(f"drop table if exists {table}")
    return customers


def definition(rfm: RfmSpec) -> str:
    """sha256 of what the scores depend on beside the data; titles do not matter."""
    texts = [statement("smc.metric", part) for part in ("rfm_stored", "rfm_scanned", "rfm_boundary")]
    return sha256(repr((meaning(rfm), texts)).encode()).hexdigest()


def meaning(rfm: RfmSpec) -> str:
    """sha256 of the period and the cells."""
    cells = [(cell, *_scores(spec)) for cell, spec in rfm.cells.items()]
    return sha256(repr((rfm.period, cells)).encode()).hexdigest()


def _history(warehouse: Warehouse) -> _Stand:
    """The last day of the history."""
    rows = warehouse.rows("select as_of, definition from rfm_day order by as_of desc limit 1")
    return _Stand(*rows[0]) if rows else _Stand(None, None)


def _present(warehouse: Warehouse) -> _Stand:
    """Of what stands in ``rfm``."""
    rows = warehouse.rows("select as_of, definition from watermark where name = $name", name=_STATE)
    return _Stand(*rows[0]) if rows else _Stand(date.min, None)


def _go_back(warehouse: Warehouse, history: _Stand) -> _Stand:
    """Scores as they were at the end of the history, after an earlier day had been computed again."""
    if history.as_of is None:
        warehouse.run("delete from rfm")
    else:
        state = sql(statement("smc.warehouse", "rfm_state"), day=history.as_of)
        _move(warehouse, state, exp.column("cell", table="n"))
    return history


def _values(rfm: RfmSpec, as_of: date) -> exp.Expr:
    suffix = WINDOW_DAYS.get(rfm.period)
    if suffix is None:
        return sql(statement("smc.metric", "rfm_scanned"), as_of=as_of, since=since(as_of, rfm.period))
    receipts, revenue = name(f"receipts_{suffix}"), name(f"revenue_{suffix}")
    return sql(statement("smc.metric", "rfm_stored"), as_of=as_of, receipts=receipts, revenue=revenue)


def bound(warehouse: Warehouse, as_of: date, *, replay: bool) -> None:
    """Boundaries of the day. Those of a replay never take the place of those that the history was made with."""
    warehouse.run("delete from rfm_boundary where as_of = $as_of and replay = $replay", as_of=as_of, replay=replay)
    warehouse.run(statement("smc.metric", "rfm_boundary"), as_of=as_of, replay=replay)


def _find_some(warehouse: Warehouse, rfm: RfmSpec, bounds: _Bounds, last: date | None, as_of: date) -> bool:
    """Leave in ``metric_rfm_some`` all whose scores can be others than those of ``last`` by ``bounds``, and these in
    ``metric_rfm_before``; False when that can be anybody.

    Figures of who was not touched are those of then, only more days have passed; so his old scores follow from them and
    the old boundaries. Windows that are not stored touch nobody when they lose days.
    """
    if rfm.period not in WINDOW_DAYS or last is None or not bounds:
        return False
    if warehouse.value("select count(*) from segment_touched where customer_key is null"):
        return False
    passed = sql("recency - $days", days=(as_of - last).days)
    values = {measure: passed if measure == "recency" else name(measure) for measure in MEASURES}
    now = _bounds(warehouse, as_of, replay=False)
    others = [
        sql("$old <> $new", old=_score(measure, bounds, values[measure]), new=_score(measure, now, name(measure)))
        for measure in MEASURES
    ]
    engine = DuckDBEngine(warehouse)
    engine.materialise("metric_rfm_some", sql(statement("smc.metric", "rfm_some"), others=any_of(others)))
    engine.materialise("metric_rfm_before", sql(statement("smc.metric", "rfm_before")))
    return True


def _move(
    warehouse: Warehouse, scores: exp.Expr, cell: exp.Expr, old_cell: exp.Expr | None = None, *, before: str = "rfm"
) -> None:
    """Make ``rfm`` equal to ``scores`` for all in ``scores`` and ``before``; who changed is left in
    ``metric_rfm_moved``."""
    DuckDBEngine(warehouse).materialise("metric_rfm_moved", moved(scores, cell, before, old_cell))
    for step in ("rfm_forget", "rfm_write", "rfm_touch"):
        warehouse.run(statement("smc.metric", step))


def moved(scores: exp.Expr, cell: exp.Expr, before: str, old_cell: exp.Expr | None = None) -> exp.Expr:
    """Who has other ``scores``, or another ``cell`` (over ``n``), than in the table ``before``.

    ``old_cell`` (over ``o``) says that cells follow from scores alike before and now, so that they need no comparing.
    """
    return sql(
        statement("smc.metric", "rfm_moved"),
        scores=scores, before=name(before), cell=cell, cells=old_cell is None,
        old_cell=old_cell or exp.column("cell", table="o"),
    )  # fmt: skip


def _log(warehouse: Warehouse, rfm: RfmSpec, as_of: date, customers: int) -> None:
    logged = sql(statement("smc.metric", "rfm_logged"), as_of=as_of)
    DuckDBEngine(warehouse).materialise("metric_rfm_log", logged)
    warehouse.run(statement("smc.metric", "rfm_log_forget"), as_of=as_of)
    warehouse.run(statement("smc.metric", "rfm_log"), as_of=as_of)
    changed = warehouse.value("select count(*) from rfm_change where as_of = $as_of", as_of=as_of)
    warehouse.run("delete from rfm_day where as_of = $as_of", as_of=as_of)
    warehouse.run(
        statement("smc.metric", "rfm_day"),
        as_of=as_of, period=rfm.period, customers=customers, changed=changed, definition=meaning(rfm),
    )  # fmt: skip


def _remember(warehouse: Warehouse, rfm: RfmSpec, as_of: date) -> None:
    warehouse.run("delete from watermark where name = $name", name=_STATE)
    warehouse.run(
        "insert into watermark values ($name, $as_of, $definition)", name=_STATE, as_of=as_of, definition=meaning(rfm)
    )


def scored(warehouse: Warehouse, as_of: date, *, replay: bool) -> exp.Expr:
    """The scores of ``metric_rfm`` by the boundaries of the day."""
    bounds = _bounds(warehouse, as_of, replay=replay)
    return sql(
        "select customer_key, $recency as recency, $frequency as frequency, $monetary as monetary from metric_rfm",
        **{measure: _score(measure, bounds, name(measure)) for measure in MEASURES},
    )


def _bounds(warehouse: Warehouse, as_of: date, *, replay: bool) -> _Bounds:
    text = "select measure, score, bound from rfm_boundary where as_of = $as_of and replay = $replay"
    return {(measure, place): bound for measure, place, bound in warehouse.rows(text, as_of=as_of, replay=replay)}


def _score(measure: str, bounds: _Bounds, value: exp.Expr) -> exp.Expr:
    """The score of a value: the highest whose boundary it reaches; scores without a boundary are given to nobody."""
    text = "$value <= $bound" if measure == "recency" else "$value >= $bound"
    case = exp.Case()
    for place in (5, 4, 3, 2):
        if (measure, place) in bounds:
            bound = exp.Literal.number(str(bounds[measure, place]))
            case = case.when(sql(text, value=value, bound=bound), exp.convert(place))
    return case.else_(exp.convert(1)) if case.args.get("ifs") else sql("1")


def cell_of(rfm: RfmSpec, table: str = "n") -> exp.Expr:
    """The first cell that matches the scores of ``table``; null when none does, and without scores."""
    case = exp.Case()
    for cell, spec in rfm.cells.items():
        if all(_scores(spec)):
            case = case.when(_matches(spec, table), exp.convert(cell))
    text = "cast(null as varchar)"
    return case.else_(sql(text)) if case.args.get("ifs") else sql(text)


def _matches(cell: RfmCell, table: str) -> exp.Expr:
    found = zip(MEASURES, _scores(cell), strict=True)
    return all_of([sql("$score in $scores", score=exp.column(m, table=table), scores=scores) for m, scores in found])


def _scores(cell: RfmCell) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    return cell.recency, cell.frequency, cell.monetary
