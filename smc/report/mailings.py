"""Mailings on the command line: a line each, and one with its messages by state and reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smc.config.specs.campaign import MailingSpec
from smc.report.campaigns import RAN, ran, records
from smc.warehouse import Warehouse

_FIGURES = ("entries", "messages", "suppressed")


@dataclass(frozen=True, slots=True)
class Shown:
    """A mailing, and rows of arm, state, reason and messages."""

    about: Mapping[str, Any]
    states: tuple[Mapping[str, Any], ...]


def overview(warehouse: Warehouse | None, mailings: Mapping[str, MailingSpec]) -> list[dict[str, Any]]:
    """Every mailing of the project, the latest day first; ``warehouse`` None: nothing has run."""
    found, now = ran(warehouse, "mailing"), members(warehouse, mailings)
    return [
        {
            "name": name, "title": spec.title, "active": spec.active, "send_on": spec.send_on,
            "audience": spec.audience, "members": now.get(name), **{key: found.get(name, RAN)[key] for key in _FIGURES},
        }
        for name, spec in sorted(mailings.items(), key=lambda item: (-item[1].send_on.toordinal(), item[0]))
    ]  # fmt: skip


def show(
    warehouse: Warehouse | None, name: str, spec: MailingSpec, *, segments: Mapping[str, str], send_at: str
) -> Shown:
    """One mailing as it is written now. ``segments`` gives titles; ``send_at``: the project's time of sending."""
    figures = ran(warehouse, "mailing").get(name, RAN)
    group = spec.control_group
    about = {
        "name": name, "title": spec.title, "active": spec.active, "category": spec.category, "priority": spec.priority,
        "audience": segments.get(spec.audience, spec.audience), "members": members(warehouse, {name: spec}).get(name),
        "exclude": ", ".join(segments.get(one, one) for one in spec.exclude), "template": spec.template,
        "send_on": spec.send_on, "send_at": spec.send_at or send_at,
        "control group, %": None if group is None else group.percent, "attribution, days": spec.attribution,
        **{key: figures[key] for key in _FIGURES},
    }  # fmt: skip
    return Shown(about, tuple(records(warehouse, "mailing_states", kind="mailing", campaign=name)))


def members(warehouse: Warehouse | None, mailings: Mapping[str, MailingSpec]) -> dict[str, int]:
    """Who would get each now, before consent, address and caps have their say; empty before the first run."""
    asked = [
        (name, segment, segment == spec.audience)
        for name, spec in mailings.items()
        for segment in (spec.audience, *spec.exclude)
    ]
    names, segments, wanted = ([row[at] for row in asked] for at in range(3))
    found = records(warehouse, "audience", mailings=names, segments=segments, wanted=wanted)
    none = {} if warehouse is None else dict.fromkeys(mailings, 0)
    return none | {row["mailing"]: row["customers"] for row in found}
