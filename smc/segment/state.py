"""What the last refresh left behind: its day, and the definition by which each segment and rule was evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from dataclasses import fields as fields_of
from datetime import date
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

from smc.config.specs.project import FieldsSpec, MetricsSpec
from smc.config.specs.rule import Rule, SegmentSpec, rule_key
from smc.segment.atoms import segments_of
from smc.segment.resolve import Resolved
from smc.warehouse import Warehouse, statement

Kind = Literal["segment", "rule"]
ANY_DAY = date(2000, 1, 1)
"""Rules are resolved for this day to be compared with what they were: a definition does not change overnight."""

_CODE = ("smc.segment", "smc.model", "smc.config", "smc.warehouse")
"""Everything that segments import: what a day or an age means is written beside the conditions."""


@dataclass(frozen=True, slots=True, order=True)
class Output:
    """A segment by its name, or a rule by its key: something that has members."""

    kind: Kind
    name: str

    @property
    def watermark(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class State:
    """``as_of`` of the last refresh, None before the first; definitions of what it evaluated."""

    as_of: date | None
    definitions: Mapping[Output, str | None]

    def changed(self, wanted: Mapping[Output, str]) -> frozenset[Output]:
        """What is new or has another definition now."""
        return frozenset(one for one, text in wanted.items() if self.definitions.get(one) != text)

    def without(self, wanted: Iterable[Output], kind: Kind) -> frozenset[str]:
        """Names that nobody asks for any more."""
        return frozenset(one.name for one in self.definitions if one.kind == kind) - {
            one.name for one in wanted if one.kind == kind
        }


def state_of(warehouse: Warehouse) -> State:
    """As the last refresh left it."""
    rows = warehouse.rows(statement("smc.segment", "state"))
    day = next((as_of for name, as_of, _ in rows if name == "segment"), None)
    found: dict[Output, str | None] = {}
    for name, _, definition in rows:
        kind, _, rest = name.partition(":")
        if rest and kind == "segment":
            found[Output("segment", rest)] = definition
        elif rest:
            found[Output("rule", rest)] = definition
    return State(day, found)


def definitions(
    warehouse: Warehouse, resolved: Resolved, segments: Mapping[str, SegmentSpec], rules: Mapping[str, Rule],
    *, fields: FieldsSpec, metrics: MetricsSpec, around: Mapping[Output, str],
) -> dict[Output, str]:  # fmt: skip
    """sha256 of everything but the day that decides who is a member, for each segment and rule.

    ``resolved``: the rules on ``ANY_DAY``, so with the keys that names stand for now. ``around``: digests of what an
    output reads and what belongs to no customer. An update of smc and a change of fields.yaml or metrics.yaml change
    every definition.
    """
    zone = warehouse.value("select current_setting('TimeZone')")
    common = "\n".join([_code(), str(zone), fields.model_dump_json(), metrics.model_dump_json()])
    found: dict[Output, str] = {}
    nodes = {Output("segment", name): node for name, node in resolved.segments.items()}
    written = {Output("segment", name): rule_key(spec.rule) for name, spec in segments.items()}
    nodes |= {Output("rule", key): node for key, node in resolved.rules.items()}
    written |= {Output("rule", key): rule_key(rule) for key, rule in rules.items()}
    for output, node in nodes.items():  # a segment that asks for others is defined by theirs too
        below = [found[Output("segment", name)] for name in segments_of(node)]
        parts = [common, written[output], spelled(node), around.get(output, ""), *below]
        found[output] = sha256("\n".join(parts).encode()).hexdigest()
    return found


def spelled(value: object) -> str:
    """A value as text that is the same in every process; a set has no order of its own."""
    if is_dataclass(value):
        parts = (f"{field.name}={spelled(getattr(value, field.name))}" for field in fields_of(value))
        return f"{type(value).__name__}({', '.join(parts)})"
    if isinstance(value, tuple):
        return f"({', '.join(map(spelled, value))})"
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(spelled, value)))}}}"
    return repr(value)


@lru_cache(maxsize=1)
def _code() -> str:
    """Digest of the modules and statements that give conditions their meaning."""
    digest = sha256()
    for package in _CODE:
        for item in _texts(files(package)):
            digest.update(item.read_bytes())
    return digest.hexdigest()


def _texts(folder: Traversable) -> Iterator[Traversable]:
    for item in sorted(folder.iterdir(), key=lambda one: one.name):
        if item.is_dir():
            yield from _texts(item)
        elif item.name.endswith((".py", ".sql")):
            yield item


def remember(warehouse: Warehouse, wanted: Mapping[Output, str], as_of: date) -> None:
    """Keep the day and the definitions; a segment keeps the day of its first computation."""
    outputs = sorted(wanted)
    names = [one.watermark for one in outputs]
    texts = [wanted[one] for one in outputs]
    whole = sha256("\n".join(map(":".join, zip(names, texts, strict=True))).encode()).hexdigest()
    warehouse.run(statement("smc.segment", "forget_watermarks"), names=names)
    warehouse.run(statement("smc.segment", "renew_watermarks"), names=names, definitions=texts)
    warehouse.run(statement("smc.segment", "add_watermarks"), names=names, definitions=texts, as_of=as_of)
    warehouse.run(statement("smc.segment", "add_watermark"), as_of=as_of, definition=whole)
