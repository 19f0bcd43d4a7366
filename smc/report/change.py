"""What the text of a campaign as it is written now changes against the one on record, and for whom."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from typing import Any, Literal

from pydantic import ValidationError

from smc.config.specs.campaign import CampaignSpec, canonical
from smc.report.campaigns import records
from smc.report.words import Node, tree, trigger_words
from smc.warehouse import Warehouse

State = Literal["new", "changed", "removed", "unchanged"]
_APART = ("steps", "id")
"""Keys that are not compared as settings."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting with another value, both as text."""

    setting: str
    then: str
    now: str


@dataclass(frozen=True, slots=True)
class StepChange:
    """A step that came, went or became another. ``then`` and ``now``: number and words; empty where it is not."""

    change: Literal["added", "removed", "changed"]
    then: str
    now: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Customers in flight who stand before a step of a version; ``missing``: templates that they will come to and that
    are gone."""

    version: int
    step: str
    customers: int
    first_due: datetime | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """One campaign. ``version``: the newest one on record; None for a new campaign."""

    name: str
    state: State
    active: bool
    version: int | None
    settings: tuple[Setting, ...]
    steps: tuple[StepChange, ...]
    standing: tuple[Standing, ...]

    @property
    def inside(self) -> int:
        return sum(one.customers for one in self.standing)

    @property
    def noteworthy(self) -> bool:
        """Whether the next night does something else with it, or stands still where customers are inside."""
        return self.state != "unchanged" or (not self.active and self.inside > 0)

    @property
    def says(self) -> str:
        """What becomes of those in flight, by the rule of docs/planning.md."""
        if self.state == "new":
            return "New: whom its trigger finds from the next night on may enter."
        if self.state == "removed":
            return f"Removed: the {self.inside} inside leave in the next night, with the reason “campaign removed”."
        if not self.active:
            return f"Switched off: nobody enters, and the {self.inside} inside stand still until it is switched on."
        if self.state == "unchanged":
            return f"Unchanged: {self.inside} are inside."
        return f"The {self.inside} inside keep the version they entered; whoever enters from now on takes the new text."


@dataclass(frozen=True, slots=True)
class _Stored:
    """Versions of one campaign on record, by number."""

    specs: Mapping[int, Mapping[str, Any]]

    @property
    def newest(self) -> int:
        return max(self.specs)


def changes(
    warehouse: Warehouse | None,
    campaigns: Mapping[str, CampaignSpec],
    *,
    segments: Mapping[str, str],
    templates: frozenset[str],
    as_of: date,
) -> tuple[Changed, ...]:
    """Every campaign of the project and every one on record that customers are still inside of, by name."""
    stored: dict[str, dict[int, Mapping[str, Any]]] = {}
    for row in records(warehouse, "campaign_versions", as_of=as_of):
        if row["kind"] == "campaign":
            stored.setdefault(row["campaign"], {})[row["version"]] = _normal(row["spec"])
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in records(warehouse, "campaign_standing"):
        rows.setdefault(row["campaign"], []).append(row)
    names = sorted({*campaigns, *(name for name in stored if rows.get(name))})
    return tuple(
        _changed(
            name, campaigns.get(name), _Stored(stored.get(name, {})), rows.get(name, ()), segments=segments,
            templates=templates,
        )
        for name in names
    )  # fmt: skip


def _changed(
    name: str,
    spec: CampaignSpec | None,
    stored: _Stored,
    rows: Sequence[Mapping[str, Any]],
    *,
    segments: Mapping[str, str],
    templates: frozenset[str],
) -> Changed:
    standing = tuple(_standing(row, stored, segments, templates) for row in rows)
    active = spec is not None and spec.active
    if not stored.specs:
        return Changed(name, "new", active, None, (), (), standing)
    newest = stored.specs[stored.newest]
    if spec is None:
        return Changed(name, "removed", active, stored.newest, (), (), standing)
    now = _plain(spec)
    settings = tuple(_settings(newest, now, segments))
    steps = tuple(_steps(tree(newest["steps"], segments), tree(now["steps"], segments)))
    state: State = "changed" if settings or steps else "unchanged"
    return Changed(name, state, active, stored.newest, settings, steps, standing)


def _plain(spec: CampaignSpec) -> Mapping[str, Any]:
    """As it is stored."""
    plain: Mapping[str, Any] = json.loads(canonical(spec))
    return plain


def _normal(text: str) -> Mapping[str, Any]:
    """A stored text with the defaults of today's smc; as it is, where that does not know it any more."""
    raw: Mapping[str, Any] = json.loads(text)
    try:
        return _plain(CampaignSpec.model_validate(raw))
    except ValidationError:
        return raw


def _settings(then: Mapping[str, Any], now: Mapping[str, Any], segments: Mapping[str, str]) -> Iterator[Setting]:
    for key in dict.fromkeys([*now, *then]):
        old, new = then.get(key), now.get(key)
        if key == "trigger" and old != new:
            yield Setting(key, _sentence(old, segments), _sentence(new, segments))
        elif key not in _APART and old != new:
            yield Setting(key, _text(old), _text(new))


def _sentence(trigger: Any, segments: Mapping[str, str]) -> str:
    return trigger_words(trigger, segments) if trigger else "none"


def _text(value: Any) -> str:
    match value:
        case None | [] | "":
            return "none"
        case dict():
            return ", ".join(f"{key} {_text(one)}" for key, one in value.items() if one is not None)
        case _:
            return str(value)


@dataclass(frozen=True, slots=True)
class _Line:
    """A step in the order of the text. ``way``: the labels of the branches that it lies in, one in another."""

    number: int
    way: tuple[str, ...]
    node: Node

    @property
    def same(self) -> str:
        """Equal for steps that do the same at the same place of the tree."""
        return json.dumps([self.way, self.node.kind, self.node.body], sort_keys=True, default=str)

    def __str__(self) -> str:
        way = "".join(f"{label}: " for label in self.way)
        return f"{self.number} {way}{self.node.text}"


def _lines(nodes: Sequence[Node], way: tuple[str, ...] = ()) -> Iterator[_Line]:
    for node in nodes:
        yield _Line(node.number, way, node)
        for branch in node.branches:
            yield from _lines(branch.nodes, (*way, branch.label))


def _steps(then: Sequence[Node], now: Sequence[Node]) -> Iterator[StepChange]:
    """Steps that stay are in the longest common run; where others stand in their place, steps of one kind pair."""
    old, new = list(_lines(then)), list(_lines(now))
    matcher = SequenceMatcher(None, [one.same for one in old], [one.same for one in new], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            yield from _replaced(old[a:b], new[c:d])


def _replaced(old: list[_Line], new: list[_Line]) -> Iterator[StepChange]:
    for one in old:
        pair = next((other for other in new if (other.way, other.node.kind) == (one.way, one.node.kind)), None)
        if pair is None:
            yield StepChange("removed", str(one), "")
        else:
            new = [other for other in new if other is not pair]
            yield StepChange("changed", str(one), str(pair), _detail(one.node.body, pair.node.body))
    yield from (StepChange("added", "", str(one)) for one in new)


def _detail(then: Any, now: Any) -> str:
    """Which keys of the step have other values, for changes that the words do not show, such as a salt."""
    if not (isinstance(then, dict) and isinstance(now, dict)):
        return ""
    keys = [key for key in dict.fromkeys([*now, *then]) if then.get(key) != now.get(key)]
    return ", ".join(f"{key}: {_text(then.get(key))} → {_text(now.get(key))}" for key in keys)


def _standing(
    row: Mapping[str, Any], stored: _Stored, segments: Mapping[str, str], templates: frozenset[str]
) -> Standing:
    spec = stored.specs.get(row["version"], {})
    ahead = [line for line in _lines(tree(spec.get("steps") or (), segments)) if line.number >= (row["step"] or 0)]
    text = str(ahead[0]) if ahead else str(row["step"])
    named = (name for line in ahead for name in _templates(line.node.body))
    missing = tuple(dict.fromkeys(name for name in named if name not in templates))
    return Standing(row["version"], text, row["customers"], row["first_due"], missing)


def _templates(body: Any) -> Iterator[str]:
    """Every template that a step names."""
    match body:
        case {"template": str(name)}:
            yield name
        case dict():
            yield from (name for part in body.values() for name in _templates(part))
        case list():
            yield from (name for part in body for name in _templates(part))
