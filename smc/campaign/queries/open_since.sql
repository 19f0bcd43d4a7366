-- The first day that matters, for each campaign, to those who wait for a row, to those who are inside, and to those whose
-- goal is open: whatever nights were missed, and whatever other campaigns ask for, nothing that counts lies before it.
select
    e.campaign,
    min(cast(coalesce(e.counts_from, e.waiting_since) as date)) filter (where e.waiting_since is not null) as waits,
    min(cast(coalesce(e.happened_at, e.entered_at, cast(e.entered_on as timestamptz)) as date))
        filter (where e.exited_on is null) as stays,
    min(cast(coalesce(e.happened_at, e.entered_at, cast(e.entered_on as timestamptz)) as date))
        filter (where e.goal_at is null and e.entered_on + g.days + $late >= $as_of) as goals
from entry as e
left join (select unnest($campaigns::varchar[]) as campaign, unnest($days::integer[]) as days) as g
    on g.campaign = e.campaign
where e.exited_on is null or (e.goal_at is null and e.entered_on + g.days + $late >= $as_of)
group by e.campaign
