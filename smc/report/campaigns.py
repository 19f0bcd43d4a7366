"""Campaigns and mailings on the command line: a line each, and one with its tree of steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.report.programme import Kind, Programme, programmes
from smc.report.words import StepText, steps_in_words
from smc.warehouse import Warehouse, statement

_NONE = {"versions": 0, "entries": 0, "inside": 0, "messages": 0, "suppressed": 0, "last_entry": None}
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


def overview(
    warehouse: Warehouse | None, kind: Kind, specs: Mapping[str, CampaignSpec | MailingSpec]
) -> list[dict[str, Any]]:
    """Every campaign or mailing of the project, also those that have not run yet; ``warehouse`` None: none has."""
    ran = {row["campaign"]: row for row in _rows(warehouse, "campaign_list", kind=kind)}
    return [
        {
            "name": name, "title": spec.title, "active": spec.active, "category": spec.category,
            **{key: ran.get(name, _NONE)[key] for key in _NONE},
        }
        for name, spec in sorted(specs.items())
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
    stored = [row for row in _rows(warehouse, "campaign_versions", as_of=as_of) if row["campaign"] == name]
    (item,) = programmes(stored, {name: spec}, {}, segments)
    texts = steps_in_words(spec.model_dump(mode="json", by_alias=True, exclude_none=True)["steps"], segments)
    version = item.versions[0] if item.versions else None
    counted = version.number if version is not None and version.steps == texts else None
    counts = {
        row["step"]: row
        for row in _rows(warehouse, "campaign_steps", kind="campaign", campaign=name, as_of=as_of)
        if row["version"] == counted
    }
    steps = tuple(_step(text, counts.get(text.number, {})) for text in texts)
    ran = next((row for row in _rows(warehouse, "campaign_list", kind="campaign") if row["campaign"] == name), _NONE)
    lost = tuple(_rows(warehouse, "campaign_lost", kind="campaign", campaign=name, as_of=as_of))
    return Shown(_about(item, spec, ran), steps, lost, counted)


def _about(item: Programme, spec: CampaignSpec, ran: Mapping[str, Any]) -> dict[str, Any]:
    group = spec.control_group
    listed = {"control group, tag": group.tag} if group is not None and group.tag else {}
    return {
        "name": item.name, "title": item.title, "trigger": item.trigger, "active": spec.active,
        "category": spec.category, "priority": spec.priority,
        "control group, %": None if group is None else group.percent, **listed,
        **{key: ran[key] for key in _NONE},
    }  # fmt: skip


def _step(text: StepText, counts: Mapping[str, Any]) -> dict[str, Any]:
    label = f"{text.branch}: " if text.branch else ""
    return {"step": text.number, "what": f"{'  ' * text.depth}{label}{text.text}"} | {
        name: counts.get(name, 0) for name in _STEP
    }


def _rows(warehouse: Warehouse | None, query: str, **values: object) -> list[dict[str, Any]]:
    return [] if warehouse is None else warehouse.records(statement("smc.report", query), **values)
