"""Who may be messaged: control group, consent, address and caps. Everyone who is not messaged has a reason."""

from __future__ import annotations

from datetime import date, datetime

from smc.campaign.tables import query
from smc.config.specs.project import ChannelsSpec, ProjectSpec
from smc.warehouse import Warehouse

CHANNEL = "email"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?"
ADDRESS = rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}"
"""One address to which a letter can go, as ``smc.send.address`` judges it too; a test holds the two together."""


def allow(warehouse: Warehouse, *, settings: ProjectSpec, channels: ChannelsSpec, as_of: date, now: datetime) -> None:
    """Turn the night's candidates into messages, planned or suppressed with the first reason that holds."""
    consent = {name: category.consent for name, category in settings.categories.items()}
    warehouse.run(
        query("gate"),
        channel=CHANNEL,
        day=as_of,
        needs_yes=[name for name, needed in consent.items() if needed == "required"],
        heeds_no=[name for name, needed in consent.items() if needed == "not_refused"],
        address=ADDRESS,
    )
    _apply_caps(warehouse, settings, as_of)
    lifetime = channels.email.lifetime if channels.email else 1
    warehouse.run(query("write_messages"), as_of=as_of, now=now, lifetime=lifetime)


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
