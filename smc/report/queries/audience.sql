-- How many are in the audience of each mailing now and in nothing that it excludes.
select mailing, count(*) as customers
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
group by mailing
