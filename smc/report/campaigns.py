"""Campaigns on the command line: a line each, and one with its tree of steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from smc.config.specs.base import Spec
from smc.config.specs.campaign import CampaignSpec
from smc.report.programme import Kind, Programme, programmes
from smc.report.words import StepText, aim_words, steps_in_words
from smc.warehouse import Warehouse, statement

RAN: Mapping[str, Any] = {"versions": 0, "entries": 0, "inside": 0, "messages": 0, "suppressed": 0, "last_entry": None}
"""What is said of a campaign or mailing that has not run."""
_STEP = ("reached", "passed", "refused", "messaged", "inside")


@dataclass(frozen=True, slots=True)
class Shown:
    """A campaign with the steps of its present text; ``steps``: rows of step, what it does, and who came there.

    ``counted``: the version that those counts are of; None before its first run. ``lost``: campaigns and mailings that
    took the room of its messages under caps.
    """

    about: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]
    lost: tuple[Mapping[str, Any], ...]
    counted: int | None


def overview(warehouse: Warehouse | None, campaigns: Mapping[str, CampaignSpec]) -> list[dict[str, Any]]:
    """Every campaign of the project, also those that have not run yet; ``warehouse`` None: none has."""
    found = ran(warehouse, "campaign")
    return [
        {
            "name": name, "title": spec.title, "active": spec.active, "category": spec.category,
            **{key: found.get(name, RAN)[key] for key in RAN},
        }
        for name, spec in sorted(campaigns.items())
    ]  # fmt: skip


def show(
    warehouse: Warehouse | None,
    name: str,
    spec: CampaignSpec,
    *,
    segments: Mapping[str, str],
    as_of: date,
) -> Shown:
    """One campaign as it is written now. Steps are counted when the text is that of the last run."""
    item, counted = on_record(warehouse, name, spec, segments=segments, as_of=as_of)
    texts = steps_in_words(steps_of(spec), segments)
    counts = {
        row["step"]: row
        for row in records(warehouse, "campaign_steps", kind="campaign", campaign=name, as_of=as_of)
        if row["version"] == counted
    }
    steps = tuple(_step(text, counts.get(text.number, {})) for text in texts)
    lost = tuple(records(warehouse, "campaign_lost", kind="campaign", campaign=name, as_of=as_of))
    return Shown(_about(item, spec, ran(warehouse, "campaign").get(name, RAN), segments), steps, lost, counted)


def on_record(
    warehouse: Warehouse | None, name: str, spec: CampaignSpec, *, segments: Mapping[str, str], as_of: date
) -> tuple[Programme, int | None]:
    """The campaign with its versions, and the version whose steps are those of today; None when it has not run."""
    stored = [row for row in records(warehouse, "campaign_versions", as_of=as_of) if row["campaign"] == name]
    (item,) = programmes(stored, {name: spec}, {}, segments)
    version = item.versions[0] if item.versions else None
    same = version is not None and version.steps == steps_in_words(steps_of(spec), segments)
    return item, version.number if version is not None and same else None


def steps_of(spec: CampaignSpec) -> Sequence[Mapping[str, Any]]:
    """The steps as they are stored, for ``words``."""
    steps: Sequence[Mapping[str, Any]] = spec.model_dump(mode="json", by_alias=True, exclude_none=True)["steps"]
    return steps


def _about(
    item: Programme, spec: CampaignSpec, figures: Mapping[str, Any], segments: Mapping[str, str]
) -> dict[str, Any]:
    group = spec.control_group
    listed = {"control group, tag": group.tag} if group is not None and group.tag else {}
    aimed = [("goal", spec.goal), ("exit when", spec.exit_when)]
    spoken = {key: aim_words(_stored(one), segments) for key, one in aimed if one is not None}
    reached = {"reached the goal": figures.get("reached_goal", 0)} if spec.goal else {}
    return {
        "name": item.name, "title": item.title, "trigger": item.trigger, "active": spec.active,
        "category": spec.category, "priority": spec.priority,
        "control group, %": None if group is None else group.percent, **listed,
        **spoken, **{key: figures[key] for key in RAN}, **reached,
    }  # fmt: skip


def _stored(spec: Spec) -> dict[str, Any]:
    """A part of a campaign as it would be stored."""
    return spec.model_dump(mode="json", by_alias=True, exclude_none=True)


def _step(text: StepText, counts: Mapping[str, Any]) -> dict[str, Any]:
    label = f"{text.branch}: " if text.branch else ""
    return {"step": text.number, "what": f"{'  ' * text.depth}{label}{text.text}"} | {
        name: counts.get(name, 0) for name in _STEP
    }


def ran(warehouse: Warehouse | None, kind: Kind) -> dict[str, dict[str, Any]]:
    """What has run, by id; of the others ``RAN`` is true."""
    return {row["campaign"]: row for row in records(warehouse, "campaign_list", kind=kind)}


def records(warehouse: Warehouse | None, query: str, **values: object) -> list[dict[str, Any]]:
    """Rows of a statement of ``queries/``; none before the first run."""
    return [] if warehouse is None else warehouse.records(statement("smc.report", query), **values)
