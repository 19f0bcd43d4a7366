"""All segments and campaign filters of a day, and the history of who entered and left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from hashlib import sha256

from sqlglot import exp

from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.rule import Rule, SegmentSpec, rule_key
from smc.errors import RunError, SmcError
from smc.segment.evaluate import Evaluation, evaluation
from smc.segment.ready import require_figures
from smc.segment.resolve import Resolved, resolve
from smc.segment.scan import named, place, words
from smc.warehouse import DuckDBEngine, Engine, Warehouse, sql, statement

_NOW, _BEFORE, _CHANGED = "segment_now", "segment_before", "segment_changed"
_COME, _GONE, _RULE = "segment_come", "segment_gone", "segment_rule"


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """One segment after a refresh. A first computation gives members of whom nobody entered."""

    segment: str
    members: int
    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """Counts of a refresh; ``atoms`` are the different conditions that were computed."""

    segments: int
    rules: int
    atoms: int
    members: int
    entered: int
    left: int
    changes: tuple[SegmentChange, ...]
    problems: tuple[str, ...] = ()


def refresh(
    warehouse: Warehouse,
    *,
    segments: Mapping[str, SegmentSpec],
    rules: Sequence[Rule],
    old_rules: Sequence[Rule] = (),
    fields: FieldsSpec,
    metrics: MetricsSpec,
    as_of: date,
) -> SegmentResult:
    """Bring segment_member and rule_member to ``as_of``, in one transaction.

    ``old_rules`` come from campaign texts that only customers in flight still have. One that names something that is
    gone stops nobody else: it is written to rule_problem and said in the result.

    Running again for the same day changes nothing; after a change of rules it gives what one run with the new rules
    had given. A day before the last one is refused with ``RunError``: history is not rewritten.
    """
    filters = {rule_key(rule): rule for rule in rules}
    old = {rule_key(rule): rule for rule in old_rules}
    with warehouse.transaction():
        _refuse_past(warehouse, as_of)
        _apply_tags(warehouse, as_of)
        ask = partial(resolve, warehouse, segments=segments, fields=fields, metrics=metrics, as_of=as_of)
        problems = _problems(ask, old)
        _run(warehouse, "forget_rule_problems")
        _run(warehouse, "add_rule_problems", rules=list(problems), problems=list(problems.values()))
        filters |= {key: rule for key, rule in old.items() if key not in problems}
        found = evaluation(ask(rules=filters))
        require_figures(warehouse, found, as_of)
        engine = DuckDBEngine(warehouse)
        found.materialise(engine)
        _apply_segments(warehouse, engine, found, sorted(segments), as_of)
        _apply_rules(warehouse, engine, found)
        _remember(warehouse, segments, filters, as_of)
        _drop(warehouse, found)
        return replace(_result(warehouse, found, list(segments), as_of), problems=tuple(problems.values()))


def _apply_tags(warehouse: Warehouse, as_of: date) -> None:
    """Tags that campaigns of earlier days changed."""
    for step in ("tags_past", "tags_take_out", "tags_put_in", "tags_done"):
        _run(warehouse, step, as_of=as_of)


def _problems(ask: Callable[..., Resolved], rules: Mapping[str, Rule]) -> dict[str, str]:
    """Which old rules cannot be resolved any more, and why. The present ones are known to be good or fail loudly."""
    if len(rules) > 1 and not _problem(ask, rules):
        return {}
    found = {key: _problem(ask, {key: rule}) for key, rule in rules.items()}
    return {key: problem for key, problem in found.items() if problem}


def _problem(ask: Callable[..., Resolved], rules: Mapping[str, Rule]) -> str:
    try:
        ask(rules=rules)
    except SmcError as error:
        return error.what
    return ""


def _refuse_past(warehouse: Warehouse, as_of: date) -> None:
    last = _run_value(warehouse, "watermark", name="segment")
    if isinstance(last, date) and as_of < last:
        raise RunError(
            f"segments have already been computed for {last}; the members of {as_of} are history and stay as they are",
            remedy=f"Use --as-of {last} or a later day. To look at a rule on an earlier day, use segment count.",
        )


def _apply_segments(warehouse: Warehouse, engine: Engine, found: Evaluation, names: list[str], as_of: date) -> None:
    outputs = list(found.segments)
    engine.materialise(_NOW, _present(found))
    engine.materialise(_BEFORE, _open_stays(outputs))
    engine.materialise(_CHANGED, _changes(len(outputs), len(found.rules)))
    engine.materialise(_COME, _expanded(_CHANGED, "come", outputs, "segment", 0))
    engine.materialise(_GONE, _expanded(_CHANGED, "gone", outputs, "segment", 0))
    fresh = [row[0] for row in warehouse.rows(statement("smc.segment", "fresh"), segments=names, as_of=as_of)]
    _run(warehouse, "add_unknown_gone", segments=names)
    _run(warehouse, "undo_entered", as_of=as_of)
    _run(warehouse, "leave", as_of=as_of)
    _run(warehouse, "undo_left", as_of=as_of)
    _run(warehouse, "enter", as_of=as_of, fresh=fresh)


def _apply_rules(warehouse: Warehouse, engine: Engine, found: Evaluation) -> None:
    _run(warehouse, "forget_rules")
    engine.materialise(_RULE, _expanded(_NOW, "w", list(found.rules), "rule", len(found.segments)))
    warehouse.run(f"insert into rule_member select rule, customer_key from {_RULE} order by rule, customer_key")


def _present(found: Evaluation) -> exp.Expr:
    """Bits of every customer who is in anything."""
    count = len(found.segments) + len(found.rules)
    some = exp.or_(*(sql(f"w{word} <> 0") for word in words(count)))
    return exp.select("*").from_(found.words().subquery("every")).where(some)


def _open_stays(segments: list[str]) -> exp.Expr:
    """The same bits from the stays that are open."""
    rows = [(index, segment) for index, segment in enumerate(segments)]
    bit_of = {
        word: [(segment, place(index)[1]) for index, segment in rows if place(index)[0] == word]
        for word in words(len(segments))
    }
    columns = [named(_bits_of_names(bits), f"w{word}") for word, bits in bit_of.items()]
    query = exp.select("customer_key", *columns).from_("segment_member").where(sql("left_on is null"))
    return query.group_by("customer_key")


def _bits_of_names(bits: list[tuple[str, int]]) -> exp.Expr:
    case = exp.Case(default=exp.Literal.number(0))
    for segment, bit in bits:
        case = case.when(sql("segment = $v", v=segment), sql("$v", v=bit))
    return sql("bit_or(cast($case as bigint))", case=case if bits else sql("0"))


def _changes(segments: int, rules: int) -> exp.Expr:
    """Customers of whom some bit changed: bits that came and bits that went. Bits of rules are no memberships."""
    columns: list[exp.Expr] = []
    for word in words(segments):
        mask = sum(place(index)[1] for index in range(segments) if place(index)[0] == word)
        now = f"(coalesce(n.w{word}, 0) & {mask})" if segments + rules else "0"
        before = f"coalesce(b.w{word}, 0)"
        columns.append(named(sql(f"{now} - ({now} & {before})"), f"come{word}"))
        columns.append(named(sql(f"{before} - ({now} & {before})"), f"gone{word}"))
    query = exp.select(named(sql("coalesce(n.customer_key, b.customer_key)"), "customer_key"), *columns)
    query = query.from_(f"{_NOW} as n").join(f"{_BEFORE} as b", on="b.customer_key = n.customer_key", join_type="full")
    some = exp.or_(*(sql(f"come{word} <> 0 or gone{word} <> 0") for word in words(segments)))
    return exp.select("*").from_(query.subquery("every")).where(some)


def _expanded(table: str, prefix: str, outputs: list[str], column: str, first: int) -> exp.Expr:
    """Bits as rows ``customer_key, column``; output number 0 has bit number ``first``."""
    parts: list[exp.Select] = []
    for index, output in enumerate(outputs):
        word, bit = place(first + index)
        text = f"select customer_key, $v as {column} from {table} where ({prefix}{word} & {bit}) <> 0"
        parts.append(_select(sql(text, v=output)))
    if not parts:
        return sql(f"select cast(null as bigint) as customer_key, cast(null as varchar) as {column} where false")
    return exp.union(*parts, distinct=False, copy=False) if len(parts) > 1 else parts[0]


def _select(tree: exp.Expr) -> exp.Select:
    if not isinstance(tree, exp.Select):
        raise TypeError("the text of a query was expected")
    return tree


def _remember(
    warehouse: Warehouse, segments: Mapping[str, SegmentSpec], rules: Mapping[str, Rule], as_of: date
) -> None:
    texts = [f"{name}:{rule_key(segments[name].rule)}" for name in sorted(segments)] + sorted(rules)
    _run(warehouse, "forget_watermarks", segments=list(segments))
    _run(warehouse, "add_watermarks", segments=list(segments), as_of=as_of)
    _run(warehouse, "add_watermark", as_of=as_of, definition=sha256("\n".join(texts).encode()).hexdigest())


def _drop(warehouse: Warehouse, found: Evaluation) -> None:
    for table in (_NOW, _BEFORE, _CHANGED, _COME, _GONE, _RULE, *(scan.table for scan in found.scans)):
        warehouse.run(f"drop table if exists {table}")


def _result(warehouse: Warehouse, found: Evaluation, names: list[str], as_of: date) -> SegmentResult:
    rows = {row[0]: row[1:] for row in warehouse.rows(statement("smc.segment", "changes"), segments=names, as_of=as_of)}
    changes = tuple(SegmentChange(name, *rows[name]) for name in names)
    return SegmentResult(
        segments=len(names),
        rules=len(found.rules),
        atoms=len(found.atoms),
        members=sum(change.members for change in changes),
        entered=sum(change.entered for change in changes),
        left=sum(change.left for change in changes),
        changes=changes,
    )


def _run(warehouse: Warehouse, query: str, **params: object) -> None:
    warehouse.run(statement("smc.segment", query), **params)


def _run_value(warehouse: Warehouse, query: str, **params: object) -> object:
    return warehouse.value(statement("smc.segment", query), **params)
