-- Who waits for a row that has happened since he began to wait, before his time was over and before this run, so that a
-- second run of the night wakes nobody. What let him in wakes nobody either. Of a row of which the day alone is known, the
-- first day counts too.
create or replace temp table woken as
select distinct e.entry_key
from entry as e
join program as p
    on p.campaign = e.campaign and p.version = e.version and p.step = e.step and p.action = 'wait_for'
join watch_row as w on w.watch = p.argument and w.customer_key = e.customer_key
where e.exited_on is null and e.waiting_since < $now
    and (
        (
            w.happened_at > greatest(e.waiting_since, coalesce(e.happened_at, e.waiting_since))
            and w.happened_at <= least(e.due_at, $now)
        )
        or (
            w.happened_at is null
            and w.day between cast(e.waiting_since as date) and cast(least(e.due_at, $now) as date)
        )
    )
