-- How many are in the audience of each mailing now and in nothing that it excludes; of those who must have bought, who
-- has a paid receipt of the days.
select audience.mailing, count(*) as customers
from (
    select a.mailing, m.customer_key
    from segment_member as m
    join (
        select
            unnest($mailings::varchar[]) as mailing,
            unnest($segments::varchar[]) as segment,
            unnest($wanted::boolean[]) as wanted -- the audience; false: excluded
    ) as a on a.segment = m.segment
    where m.left_on is null
    group by a.mailing, m.customer_key
    having count(*) filter (where not a.wanted) = 0
) as audience
left join (
    select
        unnest($bought::varchar[]) as mailing, unnest($first_days::date[]) as first_day, unnest($last_days::date[]) as last_day
) as t on t.mailing = audience.mailing
where t.mailing is null or exists (
    select 1
    from receipt as r
    where r.customer_key = audience.customer_key and r.status = 'paid'
        and r.day <= t.last_day and (t.first_day is null or r.day >= t.first_day)
)
group by audience.mailing
