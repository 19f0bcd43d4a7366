"""Bits of today against what is stored: only what differs becomes rows of segment_member and rule_member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from smc.segment.evaluate import Evaluation
from smc.segment.scan import flag_words, named, place, words
from smc.segment.state import Kind, Output
from smc.warehouse import Engine, Warehouse, sql, statement, union

NOW, BEFORE, CHANGED = "segment_now", "segment_before", "segment_changed"
COME, GONE, PLACE = "segment_come", "segment_gone", "segment_place"
TEMPORARY = (NOW, BEFORE, CHANGED, COME, GONE, PLACE, "segment_left", "segment_returned")
_STORED: dict[Kind, str] = {
    "segment": "select customer_key, segment as name from segment_member where left_on is null",
    "rule": "select customer_key, rule as name from rule_member",
}


def differences(
    warehouse: Warehouse, engine: Engine, found: Evaluation, outputs: Sequence[Output], *, customers: str | None
) -> int:
    """Leave in ``segment_changed`` whose bits differ from the stored members; how many they are.

    ``outputs`` have the bits in their order. ``customers``: the table of those who were evaluated; None is everyone.
    """
    found.materialise(engine)
    engine.materialise(NOW, _present(found, outputs))
    _write_places(warehouse, outputs)
    engine.materialise(BEFORE, _stored(outputs, customers))
    engine.materialise(CHANGED, _changes(len(outputs)))
    for scan in found.scans:
        warehouse.run(f"drop table {scan.table}")
    changed: int = warehouse.value(f"select count(*) from {CHANGED}")
    return changed


def apply_segments(
    warehouse: Warehouse, engine: Engine, outputs: Sequence[Output], fresh: Sequence[str], as_of: date
) -> None:
    """End and begin stays. A run that is repeated on a day gives what one run had given."""
    _expand(engine, outputs, "segment")
    _run(warehouse, "leaving")
    end_stays(warehouse, as_of)
    _run(warehouse, "returning", as_of=as_of)
    _run(warehouse, "returned_out")
    _run(warehouse, "enter", as_of=as_of, fresh=list(fresh))


def apply_rules(warehouse: Warehouse, engine: Engine, outputs: Sequence[Output]) -> None:
    """Bring rule_member to today."""
    _expand(engine, outputs, "rule")
    _run(warehouse, "rules_out")
    _run(warehouse, "rules_in")


def end_stays(warehouse: Warehouse, as_of: date) -> None:
    """Those in ``segment_left`` end today."""
    if warehouse.run(statement("smc.segment", "left_out")):
        _run(warehouse, "left_in", as_of=as_of)


def _expand(engine: Engine, outputs: Sequence[Output], kind: Kind) -> None:
    """Bits that changed as rows ``customer_key, name``, those that came and those that went."""
    numbers = [(number, one.name) for number, one in enumerate(outputs) if one.kind == kind]
    engine.materialise(COME, _rows("come", numbers))
    engine.materialise(GONE, _rows("gone", numbers))


def _present(found: Evaluation, outputs: Sequence[Output]) -> exp.Expr:
    """Bits of every customer. Those who are in nothing stay: to leave them out all bits would be worked out twice."""
    columns = {"segment": found.segments, "rule": found.rules}
    flags = [exp.column(columns[one.kind][one.name]) for one in outputs]
    return exp.select("customer_key", *flag_words(flags)).from_(found.flags.subquery("flags"))


def _write_places(warehouse: Warehouse, outputs: Sequence[Output]) -> None:
    """Word and bit of each output."""
    warehouse.run(f"create or replace temp table {PLACE} (kind varchar, name varchar, word integer, bit bigint)")
    places = [place(number) for number in range(len(outputs))]
    _run(
        warehouse, "add_places",
        kinds=[one.kind for one in outputs], names=[one.name for one in outputs],
        words=[word for word, _ in places], bits=[bit for _, bit in places],
    )  # fmt: skip


def _stored(outputs: Sequence[Output], customers: str | None) -> exp.Expr:
    """The same bits from open stays and from rule_member."""
    kinds = [kind for kind in _STORED if any(one.kind == kind for one in outputs)]
    parts = " union all ".join(_stored_of(kind, customers) for kind in kinds)
    bits = ", ".join(
        f"bit_or(case when p.word = {word} then p.bit else 0 end) as w{word}" for word in words(len(outputs))
    )
    return sql(f"select customer_key, {bits} from ({parts}) as p group by customer_key")


def _stored_of(kind: Kind, customers: str | None) -> str:
    some = "" if customers is None else f" where s.customer_key in (select customer_key from {customers})"
    return (
        f"select s.customer_key, p.word, p.bit from ({_STORED[kind]}) as s "
        f"join {PLACE} as p on p.kind = '{kind}' and p.name = s.name{some}"
    )


def _changes(outputs: int) -> exp.Expr:
    """Customers of whom some bit changed: bits that came and bits that went."""
    columns: list[exp.Expr] = []
    for word in words(outputs):
        now, before = f"coalesce(n.w{word}, 0)", f"coalesce(b.w{word}, 0)"
        columns.append(named(sql(f"{now} - ({now} & {before})"), f"come{word}"))
        columns.append(named(sql(f"{before} - ({now} & {before})"), f"gone{word}"))
    query = exp.select(named(sql("coalesce(n.customer_key, b.customer_key)"), "customer_key"), *columns)
    query = query.from_(f"{NOW} as n").join(f"{BEFORE} as b", on="b.customer_key = n.customer_key", join_type="full")
    some = exp.or_(*(sql(f"come{word} <> 0 or gone{word} <> 0") for word in words(outputs)))
    return exp.select("*").from_(query.subquery("every")).where(some)


def _rows(prefix: str, numbers: Sequence[tuple[int, str]]) -> exp.Expr:
    parts = [_row(prefix, *one) for one in numbers]
    if not parts:
        return sql("select cast(null as bigint) as customer_key, cast(null as varchar) as name where false")
    return union(parts)


def _row(prefix: str, number: int, name: str) -> exp.Select:
    word, bit = place(number)
    value = named(sql("$v", v=name), "name")
    return exp.select("customer_key", value).from_(CHANGED).where(sql(f"({prefix}{word} & {bit}) <> 0"))


def _run(warehouse: Warehouse, query: str, **params: object) -> None:
    warehouse.run(statement("smc.segment", query), **params)
