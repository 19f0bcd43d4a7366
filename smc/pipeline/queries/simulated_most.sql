-- The most messages that somebody got on a day, and within seven days.
with daily as (
    select customer_key, planned_on as day, count(*) as messages
    from message
    where planned_on between $since and $until and state <> 'suppressed'
    group by customer_key, planned_on
)
select
    (select max(messages) from daily) as day,
    (
        select max(week)
        from (
            select
                sum(messages) over (
                    partition by customer_key order by day range between interval 6 days preceding and current row
                ) as week
            from daily
        ) as weeks
    ) as week
