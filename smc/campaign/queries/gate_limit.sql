-- Recipients beyond the limit of their mailing. The key of an entry decides who is one: a draw that stays. What was not sent,
-- and what control customers would have got, takes no room.
update gated as g
set reason = 'limit'
from (
    select a.message_key
    from (
        select
            q.message_key, l.room - coalesce(u.used, 0) as room,
            row_number() over (partition by q.campaign, l.room order by q.entry_key) as nth
        from gated as q
        join send_limit as l on l.campaign = q.campaign and l.version = q.version and l.step = q.step
        left join (
            select campaign, count(*) as used
            from message
            where state not in ('suppressed', 'failed', 'expired')
                and campaign in (select campaign from send_limit)
            group by campaign
        ) as u on u.campaign = q.campaign
        where q.reason is null and not q.again
    ) as a
    where a.nth > a.room
) as x
where g.message_key = x.message_key
