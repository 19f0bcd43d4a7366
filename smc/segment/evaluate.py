"""Trees of atoms → one statement over the customers with a profile: each atom once, then the segments in layers.

A layer holds the segments that ask only for segments of the layers below it and reads their columns, so that a
segment used many times is computed once, however deep the nesting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from sqlglot import exp

from smc.segment.atoms import (
    Addressed,
    Atom,
    BoughtLines,
    BoughtReceipts,
    BoughtTogether,
    Compare,
    Controlled,
    Every,
    Holds,
    MemberOf,
    Node,
    Opposite,
    Permission,
    Rows,
    Sample,
    Some,
    Sql,
    Stored,
    Tagged,
    atoms_of,
    segments_of,
)
from smc.segment.bits import flag_words, holds, named
from smc.segment.resolve import Resolved, Scope
from smc.segment.scan import Scan, scans
from smc.segment.scan_rows import without_rows
from smc.warehouse import Engine, sql
from smc.warehouse.compare import test_of

_JOINS = {
    "m": "customer_metric", "a": "customer_activity", "x": "custom_metric", "f": "rfm", "p": "customer_prediction",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``flags``: a query with ``customer_key`` and one true-or-false column per output, over the scans' tables.

    ``columns``: the column of each segment and of each rule. ``needs``: aliases of the joined tables (m, x, f).
    """

    scans: tuple[Scan, ...]
    flags: exp.Select
    segments: Mapping[str, str]
    rules: Mapping[str, str]
    atoms: tuple[Atom, ...]
    needs: frozenset[str]

    def materialise(self, engine: Engine) -> None:
        """Run the scans, each into a temporary table."""
        for scan in self.scans:
            scan.run(engine)

    def words(self) -> exp.Select:
        """``customer_key, w0, …``: first the segments, then the rules, in the order of their columns."""
        columns = [*self.segments.values(), *self.rules.values()]
        packed = exp.select("customer_key", *flag_words([exp.column(column) for column in columns]))
        return packed.from_(self.flags.subquery("flags"))

    def members(self, column: str) -> exp.Select:
        """``customer_key`` of those for whom the column is true."""
        return exp.select("customer_key").from_(self.flags.subquery("flags")).where(exp.column(column))

    def standalone(self, query: exp.Select) -> exp.Select:
        """The query with the scans inside it, for people to read and run."""
        whole = query.copy()
        for scan in self.scans:
            whole = whole.with_(scan.table, as_=scan.query)
        return whole


def evaluation(resolved: Resolved) -> Evaluation:
    """The statements that evaluate all segments and rules at once."""
    trees = {**resolved.segments, **{f"rule {key}": node for key, node in resolved.rules.items()}}
    atoms = atoms_of(trees)
    found = tuple(
        replace(scan, owners=_owners(scan, resolved))
        for scan in scans(atoms, resolved.scope.as_of, resolved.scope.facts)
    )
    columns = {atom: f"a{index}" for index, atom in enumerate(atoms)}
    segments = {segment: f"s{index}" for index, segment in enumerate(resolved.segments)}
    rules = {key: f"r{index}" for index, key in enumerate(resolved.rules)}
    tests = [named(atom_test(atom, resolved.scope, found), columns[atom]) for atom in atoms]
    needs = frozenset(column.table for test in tests for column in test.find_all(exp.Column))
    query = _profile(tests, needs, found)
    for layer in layers(resolved.segments):
        parts = [named(node_test(resolved.segments[one], columns, segments), segments[one]) for one in layer]
        query = _above(query, parts)
    filters = [named(node_test(node, columns, segments), rules[key]) for key, node in resolved.rules.items()]
    query = _above(query, filters) if filters else query
    needs |= {alias for atom in atoms if isinstance(atom, Sql) for alias in atom.joins}
    return Evaluation(found, query, segments, rules, atoms, needs & _JOINS.keys())


def _owners(scan: Scan, resolved: Resolved) -> str:
    """The segments and filters that have the SQL of a scan."""
    if not any(isinstance(atom, Sql) for atom in scan.atoms):
        return ""
    every = {f"segment '{name}'": node for name, node in resolved.segments.items()}
    every |= {resolved.words.get(key, key): node for key, node in resolved.rules.items()}
    return ", ".join(name for name, node in every.items() if set(atoms_of({name: node})) & set(scan.atoms))


def layers(segments: Mapping[str, Node]) -> list[list[str]]:
    """Segments by depth: each asks only for segments of earlier layers. ``segments`` come in such an order already."""
    depth: dict[str, int] = {}
    for segment, node in segments.items():
        depth[segment] = 1 + max((depth[used] for used in segments_of(node)), default=-1)
    found: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for segment, level in depth.items():
        found[level].append(segment)
    return found


def _profile(tests: Sequence[exp.Expr], needs: frozenset[str], found: Sequence[Scan]) -> exp.Select:
    """Customers with a profile, and a column per atom. Only the tables that some atom reads are joined."""
    query = exp.select("c.customer_key").select(*tests, copy=False).from_("customer as c", copy=False)
    if "i" in needs:
        query = query.join("customer_ident as i", on="i.customer_key = c.customer_key", copy=False)
    joins = {**_JOINS, **{scan.table: scan.table for scan in found}}
    for alias, table in joins.items():
        if alias in needs:
            query = query.join(
                f"{table} as {alias}", on=f"{alias}.customer_key = c.customer_key", join_type="left", copy=False
            )
    return query


def _above(query: exp.Select, columns: Sequence[exp.Expr]) -> exp.Select:
    return exp.select("below.*").select(*columns, copy=False).from_(query.subquery("below", copy=False), copy=False)


def node_test(node: Node, atoms: Mapping[Atom, str], segments: Mapping[str, str]) -> exp.Expr:
    """A tree as an expression over the columns of its atoms and of the segments below."""
    match node:
        case Every(parts):
            return exp.and_(*(node_test(part, atoms, segments) for part in parts), copy=False)
        case Some(parts):
            return exp.or_(*(node_test(part, atoms, segments) for part in parts), copy=False)
        case Opposite(part):
            return exp.not_(node_test(part, atoms, segments), copy=False)
        case Holds(atom):
            return exp.column(atoms[atom])
        case MemberOf(segment):
            return exp.column(segments[segment])
        case _:
            assert_never(node)


def atom_test(atom: Atom, scope: Scope, found: Sequence[Scan]) -> exp.Expr:
    """True or false, never null."""
    match atom:
        case Compare():
            return sql("coalesce($test, false)", test=compare_test(atom, scope))
        case Sample():
            return sql("bucket_of($salt, i.customer_id) < $below", salt=atom.salt, below=atom.below)
        case Rows():
            scan = _scan_of(atom, found)
            return holds(scan.table, scan.atoms.index(atom), without=without_rows(atom))
        case (
            Tagged()
            | Permission()
            | Addressed()
            | Controlled()
            | BoughtReceipts()
            | BoughtLines()
            | BoughtTogether()
            | Sql()
            | Stored()
        ):
            scan = _scan_of(atom, found)
            return holds(scan.table, scan.atoms.index(atom))
        case _:
            assert_never(atom)


def _scan_of(atom: Atom, found: Sequence[Scan]) -> Scan:
    return next(scan for scan in found if atom in scan.atoms)


def compare_test(atom: Compare, scope: Scope) -> exp.Expr:
    """The comparison, null when the customer has no value (but ``empty``, which is then true)."""
    read = read_value(atom, scope)
    return test_of(read, atom.operator, atom.values, time=_is_time(read))


def read_value(atom: Compare, scope: Scope) -> exp.Expr:
    """How the value is read; a time is marked so that it can be compared with days."""
    match atom.source:
        case "attribute":
            field = scope.fields[atom.name]
            read = _of_day(field.read, scope)
            return exp.Cast(this=read, to=exp.DataType.build("timestamptz")) if field.type == "datetime" else read
        case "metric":
            return _of_day(scope.metrics[atom.name].read, scope)
        case "rfm":
            return exp.column(atom.name, table="f")
        case _:
            assert_never(atom.source)


def _of_day(text: str, scope: Scope) -> exp.Expr:
    return sql(text, as_of=scope.as_of) if "$as_of" in text else sql(text)


def _is_time(read: exp.Expr) -> bool:
    return isinstance(read, exp.Cast) and read.is_type("timestamptz")


def select_ids(query: exp.Select) -> exp.Select:
    """Customer ids of a query with keys, in order."""
    ids = exp.select("i.customer_id").from_(query.subquery("member"))
    return ids.join("customer_ident as i", on="i.customer_key = member.customer_key").order_by("i.customer_id")
