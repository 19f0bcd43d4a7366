-- Recipients beyond the limit of their mailing. The key of an entry decides who is one: a draw that stays. What was not sent,
-- and what control customers would have got, takes no room. Every variant that is tried has a room of its own.
update gated as g
set reason = 'limit'
from (
    select a.message_key
    from (
        select
            q.message_key, l.room - coalesce(u.used, 0) as room,
            row_number() over (
                partition by q.campaign, case when l.alone then q.version end, case when l.alone then q.step end
                order by q.entry_key
            ) as nth
        from gated as q
        join send_limit as l on l.campaign = q.campaign and l.version = q.version and l.step = q.step
        left join (
            select s.campaign, s.version, s.step, count(*) as used
            from send_limit as s
            join message as m
                on m.campaign = s.campaign and (not s.alone or (m.version = s.version and m.step = s.step))
            where m.state not in ('suppressed', 'failed', 'expired')
            group by s.campaign, s.version, s.step
        ) as u on u.campaign = q.campaign and u.version = q.version and u.step = q.step
        where q.reason is null and not q.again
    ) as a
    where a.nth > a.room
) as x
where g.message_key = x.message_key
