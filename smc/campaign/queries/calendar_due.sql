-- Steps that customers in flight are due at, by local day; what is overdue is due on the first day.
select
    campaign, kind, version, step, greatest(cast(due_at as date), $since) as day, count(*) as customers
from entry
where exited_on is null and due_at is not null and cast(due_at as date) <= $until
group by campaign, kind, version, step, greatest(cast(due_at as date), $since)
