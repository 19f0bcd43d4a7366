-- Who waits for a row that has happened, and when it did first. A row counts when it happened after what brought him to
-- the step (what let him in, the end of a wait, the row that he waited for before), before his time was over and before
-- this run. Who began to wait in this run is left alone, so that a second run of the night wakes nobody. Of a row of which
-- the day alone is known, the first day counts too, but never the row that let him in.
create or replace temp table woken as
select e.entry_key, min(coalesce(w.happened_at, $now)) as happened_at
from entry as e
join program as p
    on p.campaign = e.campaign and p.version = e.version and p.step = e.step and p.action = 'wait_for'
join watch_row as w on w.watch = p.argument and w.customer_key = e.customer_key
where e.exited_on is null and e.waiting_since < $now
    and coalesce(w.happened_at > e.happened_at, w.row_key <> e.occurrence)
    and (
        (w.happened_at > coalesce(e.counts_from, e.waiting_since) and w.happened_at <= least(e.due_at, $now))
        or (
            w.happened_at is null
            and w.day between cast(coalesce(e.counts_from, e.waiting_since) as date)
            and cast(least(e.due_at, $now) as date)
        )
    )
group by e.entry_key
