"""Triggers by what becomes of a customer's permissions, addresses and profile."""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from smc.campaign.triggers.kind import Kind
from smc.config.specs.trigger_change import Bounced, Merged, Unsubscribed
from smc.warehouse import all_of, sql


def _unsubscribed(trigger: Unsubscribed, since: date, until: date) -> exp.Expr:
    """A no that is repeated is no news, and one that was taken back counts no more."""
    of = trigger.unsubscribed
    asked = [sql("l.channel = $channel", channel=of.channel)] if of.channel else []
    if of.category:
        asked.append(sql("l.category = $category", category=of.category))
    return sql(
        """
        select t.customer_key, cast(t.day as varchar) as occurrence, t.day as happened_on,
            max(t.changed_at) as happened_at,
            cast(to_json({
                'channel': min(t.channel), 'category': min(t.category), 'refusals': count(*)
            }) as varchar) as context
        from (
            select l.customer_key, l.channel, l.category, l.state, l.changed_at, cast(l.changed_at as date) as day,
                lag(l.state) over (
                    partition by l.customer_key, l.channel, l.category order by l.changed_at, l.state desc
                ) as before
            from subscription_log as l
            join (
                select distinct customer_key
                from subscription_log
                where state = 'no' and cast(changed_at as date) between $since and $until
            ) as r on r.customer_key = l.customer_key
            where $asked
        ) as t
        join subscription as s
            on s.customer_key = t.customer_key and s.channel = t.channel and s.category = t.category and s.state = 'no'
        where t.state = 'no' and coalesce(t.before, '') <> 'no' and t.day between $since and $until
        group by t.customer_key, t.day
        """,
        asked=all_of(asked), since=since, until=until,
    )  # fmt: skip


def _bounced(trigger: Bounced, since: date, until: date) -> exp.Expr:
    return sql(
        """
        select b.customer_key, cast(b.day as varchar) as occurrence, b.day as happened_on,
            max(b.bounced_at) as happened_at,
            cast(to_json({'channel': $channel, 'campaign': min(b.campaign), 'messages': count(*)}) as varchar)
                as context
        from (
            select customer_key, campaign, cast(state_at as date) as day, state_at as bounced_at
            from message
            where state = 'bounced' and channel = $channel and cast(state_at as date) between $since and $until
            union all
            select e.customer_key, e.mailing, e.day, e.occurred_at
            from past_message_event as e
            join past_mailing as g on g.mailing = e.mailing and g.channel = $channel
            where e.state = 'bounced' and e.day between $since and $until
        ) as b
        group by b.customer_key, b.day
        """,
        channel=trigger.bounced.channel, since=since, until=until,
    )  # fmt: skip


def _merged(_: Merged, since: date, until: date) -> exp.Expr:
    return sql(
        """
        select survivor_key as customer_key, cast(as_of as varchar) as occurrence, as_of as happened_on,
            cast(null as timestamptz) as happened_at, cast(to_json({'profiles': count(*)}) as varchar) as context
        from customer_merge
        where undone_on is null and as_of between $since and $until
        group by survivor_key, as_of
        """,
        since=since,
        until=until,
    )


KINDS = (
    Kind(
        Unsubscribed,
        "the day of the refusal",
        _unsubscribed,
    ),
    Kind(
        Bounced,
        "the day on which it came back",
        _bounced,
    ),
    Kind(Merged, "the day of the merge", _merged),
)
