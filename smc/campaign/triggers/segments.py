"""Triggers by membership: who entered a segment, and who is in one on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlglot import exp

from smc.campaign.triggers.kind import UNTIMED, Kind
from smc.config.specs.trigger import EnteredSegment, OnDate
from smc.warehouse import sql


def _entered(trigger: EnteredSegment, since: date, until: date) -> exp.Expr:
    return sql(
        f"""
        select customer_key, cast(entered_on as varchar) as occurrence, entered_on as happened_on, {UNTIMED}
        from segment_member
        where segment = $segment and entered_on between $since and $until and not initial and left_on is null
        """,
        segment=trigger.entered_segment, since=since, until=until,
    )  # fmt: skip


def _on_date(trigger: OnDate, since: date, until: date) -> exp.Expr:
    return audience(trigger.date.on, trigger.date.segment, (), since, until)


def audience(on: date, segment: str, exclude: Sequence[str], since: date, until: date) -> exp.Expr:
    """The members of a segment, without those of others, when ``on`` is one of the days."""
    return sql(
        f"""
        select a.customer_key, cast($on as varchar) as occurrence, $on as happened_on, {UNTIMED}
        from segment_member as a
        left join (
            select distinct customer_key from segment_member where segment in $exclude and left_on is null
        ) as x on x.customer_key = a.customer_key
        where a.segment = $segment and a.left_on is null and x.customer_key is null and $on between $since and $until
        """,
        on=on, segment=segment, exclude=list(exclude) or [""], since=since, until=until,
    )  # fmt: skip


KINDS = (
    Kind(EnteredSegment, "the day he entered the segment", _entered),
    Kind(OnDate, "the date in the YAML", _on_date),
)
