"""Who may be messaged: control group, consent, address and caps. Everyone who is not messaged has a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from smc.campaign.tables import columns, query
from smc.config.specs.project import ProjectSpec
from smc.warehouse import Warehouse

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?"
ADDRESS = rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}"
"""One address to which a letter can go, as ``smc.send.address`` judges it too; a test holds the two together."""


def allow(
    warehouse: Warehouse, *, settings: ProjectSpec, lifetimes: Mapping[str, int], as_of: date, now: datetime
) -> None:
    """Turn the night's candidates into messages, planned or suppressed with the first reason that holds.

    ``lifetimes``: days that a message may wait, for each channel of the project.
    """
    _judge(warehouse, settings, lifetimes, as_of)
    _apply_caps(warehouse, settings, as_of)
    warehouse.run(query("write_messages"), as_of=as_of, now=now)


def _judge(warehouse: Warehouse, settings: ProjectSpec, lifetimes: Mapping[str, int], as_of: date) -> None:
    """Control groups, consent, address, suppression list: what is known of each customer and channel alone."""
    warehouse.run(query("create_reach"), email=ADDRESS)
    warehouse.run(query("create_channel_setting"), **columns(list(lifetimes.items()), "channels", "lifetimes"))
    needs = [
        (channel, name, category.needs(channel))
        for channel in lifetimes
        for name, category in settings.categories.items()
    ]
    warehouse.run(query("create_consent_rule"), **columns(needs, "channels", "categories", "needs"))
    warehouse.run(query("gate"), day=as_of)


def _apply_caps(warehouse: Warehouse, settings: ProjectSpec, as_of: date) -> None:
    """Candidates of one customer ask in turn, by priority; each takes room under every cap that concerns it or none."""
    warehouse.run(
        query("create_cap"),
        numbers=list(range(len(settings.caps))),
        channels=[cap.channel for cap in settings.caps],
        categories=[cap.category for cap in settings.caps],
        messages=[cap.messages for cap in settings.caps],
        days=[cap.days for cap in settings.caps],
    )
    warehouse.run(query("create_ranked"))
    warehouse.run(query("create_cap_used"), as_of=as_of)
    turns = warehouse.value("select coalesce(max(turn), 0) from ranked") if settings.caps else 0
    for turn in range(1, turns + 1):
        warehouse.run(query("cap_refuse"), turn=turn)
        warehouse.run(query("cap_count"), turn=turn)
