"""One refresh: which segments and rules are evaluated for whom, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from smc.errors import RunError
from smc.segment.apply import TEMPORARY, apply_rules, apply_segments, differences, end_stays
from smc.segment.atoms import Node, segments_of
from smc.segment.evaluate import evaluation
from smc.segment.moved import NOTES, SCOPE, collect
from smc.segment.narrow import keyed_tables, narrowed
from smc.segment.pairs import Night, nodes_of, reshaped
from smc.segment.ready import require_figures
from smc.segment.resolve import Resolved
from smc.segment.state import Output, State
from smc.segment.trust import restless
from smc.warehouse import DuckDBEngine, Warehouse, statement


@dataclass(frozen=True, slots=True)
class Looked:
    """How much was evaluated: ``anew`` outputs for everyone, the others for ``evaluated`` customers."""

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
        anew = every if full else self._anew(every)
        rest = tuple(one for one in every if one not in anew)
        self._bring(anew, None)
        self._bring(rest, SCOPE)
        customers = self.warehouse.value(f"select count(*) from {SCOPE if rest else 'customer'}")
        return Looked(len(anew), int(customers))

    def require_same(self) -> None:
        """Evaluate everyone. ``RunError`` when that gives other members than are stored."""
        every = tuple(nodes_of(self.now))
        if differ := self._differences(every, None) if every else 0:
            raise RunError(
                f"{differ} customers are in other segments or filters when everyone is evaluated; nothing was changed",
                remedy="Run smc segment refresh --full, and report this: it is a mistake of smc.",
            )

    def clean(self) -> None:
        """Forget the notes that have been used up, and temporary tables."""
        for name in NOTES:
            self.warehouse.run(f"delete from {name}")
        for name in (*TEMPORARY, SCOPE):
            self.warehouse.run(f"drop table if exists {name}")

    def _forget(self) -> None:
        """Segments and rules that nobody asks for any more have no members from today on."""
        if gone := self.state.without(self.wanted, "segment"):
            self.warehouse.run(statement("smc.segment", "leaving_unknown"), segments=sorted(gone))
            end_stays(self.warehouse, self.as_of)
        if self.state.without(self.wanted, "rule") or not any(one.kind == "rule" for one in self.state.definitions):
            self.warehouse.run(statement("smc.segment", "forget_rules"), rules=list(self.now.rules))

    def _anew(self, every: tuple[Output, ...]) -> tuple[Output, ...]:
        """What must be evaluated for everyone; ``segment_scope`` has the customers for the rest."""
        last = self.state.as_of
        if last is None:
            return every
        night = Night(self.now if last == self.as_of else self.ask(last), self.now)
        changed = self.state.changed(self.wanted) | restless(self.warehouse, self.now) | reshaped(night)
        anew = _with_those_above(nodes_of(self.now), changed)
        rest = [one for one in every if one not in anew]
        if not rest or not collect(self.warehouse, DuckDBEngine(self.warehouse), night, rest):
            return every
        return tuple(one for one in every if one in anew)

    def _bring(self, outputs: tuple[Output, ...], customers: str | None) -> None:
        if not outputs or not self._differences(outputs, customers):
            return
        engine = DuckDBEngine(self.warehouse)
        if names := [one.name for one in outputs if one.kind == "segment"]:
            fresh = self.warehouse.rows(statement("smc.segment", "fresh"), segments=names, as_of=self.as_of)
            apply_segments(self.warehouse, engine, outputs, [row[0] for row in fresh], self.as_of)
        if any(one.kind == "rule" for one in outputs):
            apply_rules(self.warehouse, engine, outputs)

    def _differences(self, outputs: tuple[Output, ...], customers: str | None) -> int:
        found = evaluation(needed(self.now, outputs))
        require_figures(self.warehouse, found, self.as_of)
        if customers is not None:
            found = narrowed(found, customers, keyed_tables(self.warehouse))
        engine = DuckDBEngine(self.warehouse)
        return differences(self.warehouse, engine, found, outputs, customers=customers)


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


def _with_those_above(nodes: Mapping[Output, Node], some: Collection[Output]) -> frozenset[Output]:
    """These, and whatever asks for them."""
    found = set(some)
    for one, node in nodes.items():
        if any(Output("segment", name) in found for name in segments_of(node)):
            found.add(one)
    return frozenset(found)
