"""Who may be messaged and when: control groups, consent, address, time, caps. Who is not messaged has a reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from smc.campaign.caps import apply_caps
from smc.campaign.codes import Coded, gate_codes, give_mailing_codes, mailing_codes
from smc.campaign.moments import midnight
from smc.campaign.run import Run
from smc.campaign.tables import columns, query
from smc.campaign.times import Horizon, time_tables, version_settings
from smc.campaign.versions import Version, missed_versions
from smc.campaign.zones import zones_of_customers
from smc.config.specs.campaign import MailingSpec
from smc.config.specs.policy import GLOBAL
from smc.config.specs.project import ProjectSpec
from smc.warehouse import Warehouse
from smc.warehouse.permitted import permissions


def hold_back(warehouse: Warehouse) -> None:
    """Who has come into a control group since he entered is control from now on; messages and tasks that have not left
    stop."""
    for name in ("create_control_now", "touch_controlled", "stop_controlled", "stop_controlled_tasks"):
        warehouse.run(query(name))


def stop_exited(warehouse: Warehouse) -> int:
    """Whom something has let out of his stay before its end gets nothing of it that has not left. How many messages."""
    warehouse.run(query("create_let_out"))
    warehouse.run(query("touch_exited"))
    warehouse.run(query("stop_exited_calls"))
    return warehouse.run(query("stop_exited"))


def withdraw(warehouse: Warehouse, settings: ProjectSpec, as_of: date) -> dict[str, str]:
    """Between two nights, behind an import: ``hold_back`` for those who have messages or tasks on their way. Messages
    that may or may not have left, and are not to be sent again for such a reason."""
    with warehouse.transaction():
        version_settings(warehouse, missed_versions(warehouse), settings)
        warehouse.run(query("create_global_member"), name=GLOBAL, as_of=as_of)
        hold_back(warehouse)
        warehouse.run(query("create_let_out"))
        return dict(warehouse.rows(query("unknown_spared")))


def allow(
    warehouse: Warehouse,
    versions: Sequence[Version],
    *,
    settings: ProjectSpec,
    lifetimes: Mapping[str, int],
    active: Collection[str],
    coded: Coded,
    run: Run,
) -> None:
    """Turn the night's candidates into messages, planned or suppressed with the first reason that holds.

    ``versions``: the texts of all that asks, and of what waits. ``lifetimes``: days that a message may wait, for each
    channel of the project. ``active``: campaigns and mailings that are there and switched on, or paused. ``coded``:
    what prints a promocode. Messages whose time ended before they left ask again, together with the new ones.
    """
    zones = zones_of_customers(warehouse, run.zone)
    time_tables(warehouse, versions, zones, settings=settings, lifetimes=lifetimes, run=run)
    _judge(warehouse, settings, lifetimes, active, run)
    warehouse.run(query("recall_missed"), now=run.now, zone=run.zone)
    warehouse.run(query("create_first_slot"))
    warehouse.run(query("create_gated"))
    giving = mailing_codes(warehouse, versions)
    gate_codes(warehouse, coded)
    _limit(warehouse, versions)
    apply_caps(warehouse, settings.caps, zones, horizon=Horizon.of(run.as_of, lifetimes), run=run)
    if giving:
        give_mailing_codes(warehouse, run.as_of)
    warehouse.run(query("write_messages"), as_of=run.as_of)
    warehouse.run(query("rewrite_missed"))
    warehouse.run(query("wait_for_tries"))
    warehouse.run(query("try_tomorrow"), tomorrow=midnight(run.as_of + timedelta(days=1), ZoneInfo(run.zone)))


def _limit(warehouse: Warehouse, versions: Sequence[Version]) -> None:
    """Refuse what is beyond the limit of its mailing, before caps: who is left out takes no room from others."""
    rows = [
        (version.campaign, version.version, send.step, room, version.spec.tries(send))
        for version in versions
        if isinstance(version.spec, MailingSpec)
        for send in version.spec.sends
        if (room := version.spec.room(send)) is not None
    ]
    if rows:
        warehouse.run(query("create_send_limit"), **columns(rows, "campaigns", "versions", "steps", "rooms", "alone"))
        warehouse.run(query("gate_limit"))


def _judge(
    warehouse: Warehouse, settings: ProjectSpec, lifetimes: Mapping[str, int], active: Collection[str], run: Run
) -> None:
    """Control groups, consent, address, suppression list: what is known of each customer and channel alone."""
    warehouse.run(query("create_recipient"), now=run.now)
    permissions(warehouse, settings.categories, lifetimes)
    warehouse.run(query("create_stopped"), active=sorted(active))
    warehouse.run(query("create_channel_setting"), **columns(list(lifetimes.items()), "channels", "lifetimes"))
    warehouse.run(query("gate"), as_of=run.as_of, now=run.now, zone=run.zone)
