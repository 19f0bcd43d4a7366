"""Triggers by membership: who entered or left a segment or came into a cell, and who is in a segment on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlglot import exp

from smc.campaign.triggers.kind import UNTIMED, Kind
from smc.config.specs.trigger import EnteredSegment, OnDate
from smc.config.specs.trigger_change import LeftSegment, RfmCellChanged
from smc.config.specs.trigger_day import Repeat
from smc.warehouse import all_of, sql, union

_DAY = timedelta(days=1)


def _entered(trigger: EnteredSegment, since: date, until: date) -> exp.Expr:
    return sql(
        f"""
        select customer_key, cast(entered_on as varchar) as occurrence, entered_on as happened_on, {UNTIMED}
        from segment_member
        where segment = $segment and entered_on between $since and $until and not initial and left_on is null
        """,
        segment=trigger.entered_segment, since=since, until=until,
    )  # fmt: skip


def _left(trigger: LeftSegment, since: date, until: date) -> exp.Expr:
    """Who is a member again has not left."""
    return sql(
        f"""
        select m.customer_key, cast(m.left_on as varchar) as occurrence, m.left_on as happened_on, {UNTIMED}
        from segment_member as m
        left join segment_member as p
            on p.customer_key = m.customer_key and p.segment = $segment and p.left_on is null
        where m.segment = $segment and m.left_on between $since and $until and p.customer_key is null
        group by m.customer_key, m.left_on
        """,
        segment=trigger.left_segment, since=since, until=until,
    )  # fmt: skip


_OLD = "coalesce(c.old_recency + c.old_frequency + c.old_monetary, 0)"
_NEW = "coalesce(c.new_recency + c.new_frequency + c.new_monetary, 0)"


def _cell(trigger: RfmCellChanged, since: date, until: date) -> exp.Expr:
    """Who has gone on to another cell since then did not come to stay."""
    of = trigger.rfm_cell
    conditions = [sql("c.new_cell is not null and c.new_cell is distinct from c.old_cell")]
    if of.to is not None:
        conditions.append(sql("c.new_cell in $cells", cells=of.to))
    if of.from_ is not None:
        conditions.append(sql("coalesce(c.old_cell in $cells, false)", cells=of.from_))
    if of.direction is not None:
        conditions.append(sql(f"{_NEW} > {_OLD}" if of.direction == "up" else f"{_NEW} < {_OLD}"))
    return sql(
        """
        select c.customer_key, cast(c.as_of as varchar) as occurrence, c.as_of as happened_on,
            cast(null as timestamptz) as happened_at,
            cast(to_json({
                'cell': c.new_cell, 'before': c.old_cell, 'recency': c.new_recency, 'frequency': c.new_frequency,
                'monetary': c.new_monetary
            }) as varchar) as context
        from rfm_change as c
        join rfm_day as d on d.as_of = c.as_of and not d.redefined
        join rfm as r on r.customer_key = c.customer_key and r.cell = c.new_cell
        where c.as_of between $since and $until and $conditions
        """,
        since=since, until=until, conditions=all_of(conditions),
    )  # fmt: skip


def _on_date(trigger: OnDate, since: date, until: date) -> exp.Expr:
    return audience(trigger.date.on, trigger.date.segment, (), since, until)


def _repeat(trigger: Repeat, since: date, until: date) -> exp.Expr:
    """The members on each of the days. Of no day at all there are none."""
    days = tuple(trigger.repeat.days(since, until))
    empty = audience(since, trigger.repeat.segment, (), since + _DAY, since)
    return union([audience(day, trigger.repeat.segment, (), since, until) for day in days] or [empty])


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


def buyers(found: exp.Expr, first: date | None, last: date) -> exp.Expr:
    """Those of an audience who have a paid receipt of the days."""
    since = sql("true") if first is None else sql("day >= $first", first=first)
    return sql(
        """
        select a.* from $found as a
        join (
            select customer_key from receipt
            where status = 'paid' and customer_key is not null and day <= $last and $since
            group by customer_key
        ) as b on b.customer_key = a.customer_key
        """,
        found=found, last=last, since=since,
    )  # fmt: skip


KINDS = (
    Kind(EnteredSegment, "the day he entered the segment", _entered),
    Kind(LeftSegment, "the day he left the segment", _left),
    Kind(RfmCellChanged, "the day he came into the cell", _cell),
    Kind(OnDate, "the date in the YAML", _on_date),
    Kind(Repeat, "the day", _repeat),
)
