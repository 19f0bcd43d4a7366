"""Notices to people of the shop: one letter with a line for each customer, sent like every other letter.

The outbox knows a notice by the key of its batch, so it takes each once; the answer comes back with those of messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from smc.config.specs.project import ChannelsSpec, ProjectSpec
from smc.model.template import Template
from smc.send.context import dumps
from smc.send.outbox import Outbox, Queued
from smc.send.tasks.batches import Batch, made, settle
from smc.warehouse import Warehouse, statement

_SHOWN = 200
NOTICE = Template(
    "notice",
    "{{ subject }}",
    "",
    "<html><body>{% for line in lines %}<p>{{ line }}</p>{% endfor %}</body></html>",
    "{% for line in lines %}{{ line }}\n{% endfor %}",
)


def send_notices(
    warehouse: Warehouse,
    outbox: Outbox,
    *,
    settings: ProjectSpec,
    channels: ChannelsSpec,
    titles: Mapping[str, str],
    as_of: date,
    now: datetime,
) -> int:
    """Put the notices of a run into the outbox. ``titles``: of campaigns. How many."""
    if channels.email is None:
        return 0
    batches = made(warehouse, "notices", ("notify",), as_of)
    for batch in batches:
        address = settings.people.get(batch.target)
        if address is None:
            settle(warehouse, batch, "failed", "address")
            continue
        queued = _queued(warehouse, batch, address, settings, channels, titles, now)
        outbox.enqueue([queued], [NOTICE])
        settle(warehouse, batch, "handed over")
    return len(batches)


def _queued(  # noqa: PLR0917 - called once
    warehouse: Warehouse,
    batch: Batch,
    address: str,
    settings: ProjectSpec,
    channels: ChannelsSpec,
    titles: Mapping[str, str],
    now: datetime,
) -> Queued:
    channel = channels.email
    if channel is None:
        raise AssertionError("asked for before")
    lines = [text for (text,) in warehouse.rows(statement("smc.send.tasks", "notice_lines"), batch=batch.key)]
    campaign = batch.name.partition(",")[0]
    subject = f"{titles.get(campaign, campaign)}: {len(lines)} customer{'' if len(lines) == 1 else 's'}"
    shown = lines[:_SHOWN] + ([f"And {len(lines) - _SHOWN} more."] if len(lines) > _SHOWN else [])
    return Queued(
        message_key=batch.key, channel="email", address=address, customer_id="", template=NOTICE.sha256,
        context=dumps({"subject": " ".join(subject.split()), "lines": shown}), sender=channel.sender,
        reply_to=channel.reply_to, unsubscribe_url=None, unsubscribe_mailto=None,
        feedback_id=f"{campaign}:notice:email:{settings.project}", max_attempts=channel.attempts, due_at=now,
        expires_at=now + timedelta(days=channel.lifetime), closes_at=None,
    )  # fmt: skip
