"""Triggers by events of nobody in particular, for the members of a segment."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from smc.campaign.triggers.kind import Kind
from smc.config.specs.trigger import SystemEvent
from smc.warehouse import sql


def _system_event(trigger: SystemEvent, since: date, until: date) -> exp.Expr:
    """Those who were members at the end of the event's day, whenever the night comes."""
    of = trigger.system_event
    return sql(
        """
        select m.customer_key, e.event_id as occurrence, e.day as happened_on, e.occurred_at as happened_at,
            cast(to_json({
                'event_id': e.event_id, 'name': e.name, 'occurred_at': e.occurred_at, 'source': e.source,
                'day': e.day, 'context': e.context
            }) as varchar) as context
        from event as e
        join segment_member as m
            on m.segment = $segment and m.entered_on <= e.day and coalesce(m.left_on > e.day, true)
        where e.customer_key is null and e.name in $names and e.day between $since and $until
        """,
        segment=of.segment, names=list(of.name), since=since, until=until,
    )  # fmt: skip


KINDS = (Kind(SystemEvent, "the event's id", _system_event),)
