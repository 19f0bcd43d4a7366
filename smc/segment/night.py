"""One refresh: which segments and rules are evaluated for whom, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from smc.errors import RunError
from smc.segment.apply import TEMPORARY, apply_rules, apply_segments, differences, end_stays
from smc.segment.atoms import Compare, Every, Holds, MemberOf, Node, Opposite, Some, Stored, segments_of
from smc.segment.evaluate import evaluation
from smc.segment.moved import NOTES, SCOPE, collect
from smc.segment.narrow import keyed_tables, narrowed
from smc.segment.pairs import Night, atoms_in, nodes_of, reshaped
from smc.segment.ready import require_figures
from smc.segment.resolve import Resolved
from smc.segment.state import Output, State
from smc.segment.trust import restless
from smc.warehouse import DuckDBEngine, Warehouse, sql, statement

_SOME = "segment_some"
_CUSTOMER_BYTES = 190
"""What bits and sums hold in memory for each customer. Customers who need more than half of the limit are evaluated in
parts, and each part reads every table anew."""


@dataclass(frozen=True, slots=True)
class Looked:
    """How much was evaluated: ``anew`` outputs for everyone, the others for at most ``evaluated`` customers."""

    anew: int
    evaluated: int


@dataclass(frozen=True, slots=True)
class Refresh:
    """``ask`` resolves every rule for a day, ``now`` is that for ``as_of``; ``wanted`` has the definitions of today."""

    warehouse: Warehouse
    ask: Callable[[date], Resolved]
    now: Resolved
    state: State
    wanted: Mapping[Output, str]

    @property
    def as_of(self) -> date:
        return self.now.scope.as_of

    def run(self, *, full: bool) -> Looked:
        """Bring segment_member and rule_member to today."""
        self._forget()
        every = tuple(nodes_of(self.now))
        if full or self.state.as_of is None:
            self._bring(every, None)
            return Looked(len(every), self._customers("customer"))
        night = Night(self.now if self.state.as_of == self.as_of else self.ask(self.state.as_of), self.now)
        anew = late = self._anew(night)
        evaluated = 0
        # what a group asks for of other groups is stored already: those come before it
        for group in _by_scores(self.now, [one for one in every if one not in late]):
            if collect(self.warehouse, DuckDBEngine(self.warehouse), night, nodes_of(needed(self.now, group))):
                self._bring(group, SCOPE)
                evaluated = max(evaluated, self._customers(SCOPE))
            else:
                self._bring(group, None)
                anew |= frozenset(group)
        self._bring(tuple(one for one in every if one in late), None)
        return Looked(len(anew), evaluated)

    def _customers(self, table: str) -> int:
        return int(self.warehouse.value(f"select count(*) from {table}"))

    def require_same(self) -> None:
        """Evaluate everyone. ``RunError`` when that gives other members than are stored."""
        every = tuple(nodes_of(self.now))
        if differ := sum(self._differences(every, None)):
            raise RunError(
                f"{differ} customers are in other segments or filters when everyone is evaluated; nothing was changed",
                remedy="Run smc segment refresh --full, and report this: it is a mistake of smc.",
            )

    def clean(self) -> None:
        """Forget the notes that have been used up, and temporary tables."""
        for name in NOTES:
            self.warehouse.run(f"delete from {name}")
        for name in (*TEMPORARY, SCOPE, _SOME):
            self.warehouse.run(f"drop table if exists {name}")

    def _forget(self) -> None:
        """Segments and rules that nobody asks for any more have no members from today on."""
        if gone := self.state.without(self.wanted, "segment"):
            self.warehouse.run(statement("smc.segment", "leaving_unknown"), segments=sorted(gone))
            end_stays(self.warehouse, self.as_of)
        if self.state.without(self.wanted, "rule") or not any(one.kind == "rule" for one in self.state.definitions):
            self.warehouse.run(statement("smc.segment", "forget_rules"), rules=list(self.now.rules))

    def _anew(self, night: Night) -> frozenset[Output]:
        """What must be evaluated for everyone, whoever moved."""
        changed = self.state.changed(self.wanted) | restless(self.warehouse, self.now) | reshaped(night)
        return _with_those_above(nodes_of(self.now), changed)

    def _bring(self, outputs: tuple[Output, ...], customers: str | None) -> None:
        engine = DuckDBEngine(self.warehouse)
        names = [one.name for one in outputs if one.kind == "segment"]
        rows = self.warehouse.rows(statement("smc.segment", "fresh"), segments=names, as_of=self.as_of)
        fresh = [row[0] for row in rows]
        for changed in self._differences(outputs, customers):
            if changed and names:
                apply_segments(self.warehouse, engine, outputs, fresh, self.as_of)
            if changed and len(names) < len(outputs):
                apply_rules(self.warehouse, engine, outputs)

    def _differences(self, outputs: tuple[Output, ...], customers: str | None) -> Iterator[int]:
        """Leave the differences of each part of the customers, one after the other; how many customers they are of."""
        if not outputs:
            return
        found = evaluation(alone(self.now, outputs))
        require_figures(self.warehouse, found, self.as_of)
        engine, keyed = DuckDBEngine(self.warehouse), keyed_tables(self.warehouse)
        whole = [scan for scan in found.scans if scan.whole]
        for scan in whole:
            scan.run(engine)
        found = replace(found, scans=tuple(scan for scan in found.scans if not scan.whole))
        for part in self._parts(customers):
            some = found if part is None else narrowed(found, part, keyed)
            yield differences(self.warehouse, engine, some, outputs, customers=part)
        for scan in whole:
            self.warehouse.run(f"drop table {scan.table}")

    def _parts(self, customers: str | None) -> Iterator[str | None]:
        """The customers themselves, or parts of them that fit into memory: tables of keys in a range."""
        source = customers or "customer_ident"
        text = f"select count(*), min(customer_key), max(customer_key) from {source}"
        ((many, low, high),) = self.warehouse.rows(text)
        parts = -(-many * _CUSTOMER_BYTES * 2 // self.warehouse.memory_limit)
        if parts <= 1:
            yield customers
            return
        step = -(-(high - low + 1) // parts)
        for begin in range(low, high + 1, step):
            rows = sql(f"select customer_key from {source} where customer_key >= $begin and customer_key < $end",
                       begin=begin, end=begin + step)  # fmt: skip
            DuckDBEngine(self.warehouse).materialise(_SOME, rows)
            yield _SOME


def needed(resolved: Resolved, outputs: Collection[Output]) -> Resolved:
    """These outputs and the segments that they ask for."""
    rules = {key: node for key, node in resolved.rules.items() if Output("rule", key) in outputs}
    asked = {one.name for one in outputs if one.kind == "segment"}
    asked.update(name for node in rules.values() for name in segments_of(node))
    for name, node in reversed(list(resolved.segments.items())):  # a segment comes after those that it asks for
        if name in asked:
            asked.update(segments_of(node))
    return replace(
        resolved, segments={name: resolved.segments[name] for name in resolved.segments if name in asked}, rules=rules
    )


def alone(resolved: Resolved, outputs: Collection[Output]) -> Resolved:
    """These outputs, with the stored members of the segments beside them that they ask for."""
    nodes = {one: _reading(node, outputs) for one, node in nodes_of(resolved).items() if one in outputs}
    return replace(
        resolved,
        segments={one.name: node for one, node in nodes.items() if one.kind == "segment"},
        rules={one.name: node for one, node in nodes.items() if one.kind == "rule"},
    )


def _reading(node: Node, inside: Collection[Output]) -> Node:
    match node:
        case Every(parts):
            return Every(tuple(_reading(part, inside) for part in parts))
        case Some(parts):
            return Some(tuple(_reading(part, inside) for part in parts))
        case Opposite(part):
            return Opposite(_reading(part, inside))
        case MemberOf(segment):
            return node if Output("segment", segment) in inside else Holds(Stored(segment))
        case Holds():
            return node
        case _:
            assert_never(node)


def _with_those_above(nodes: Mapping[Output, Node], some: Collection[Output]) -> frozenset[Output]:
    """These, and whatever asks for them."""
    found = set(some)
    for one, node in nodes.items():
        if any(Output("segment", name) in found for name in segments_of(node)):
            found.add(one)
    return frozenset(found)


def _by_scores(resolved: Resolved, outputs: Sequence[Output]) -> Iterator[tuple[Output, ...]]:
    """What reads RFM, itself or by a segment, apart: scores of many change in every night, and few segments ask for
    them."""
    scored = [
        output
        for output, node in nodes_of(resolved).items()
        if any(isinstance(atom, Compare) and atom.source == "rfm" for atom in atoms_in(node))
    ]
    above = _with_those_above(nodes_of(resolved), scored)
    for some in ([one for one in outputs if one not in above], [one for one in outputs if one in above]):
        if some:
            yield tuple(some)
