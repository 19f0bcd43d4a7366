-- Who has reached what, and when: by a rule now, by a row when it happened. A row counts when it happened after the
-- occurrence that let him in and before this run; of a row of which the day alone is known, that day counts too,
-- but never the row that let him in.
create or replace temp table reached as
with asked as (
    select
        e.entry_key, e.customer_key, e.occurrence, e.happened_at, a.goal, a.rule, a.watch, a.lets_out,
        coalesce(e.happened_at, e.entered_at, cast(e.entered_on as timestamptz)) as since,
        case when a.goal then e.entered_on + a.days else $as_of end as until,
        e.exited_on is null as inside
    from entry as e
    join purpose as a on a.campaign = e.campaign and coalesce(a.version, e.version) = e.version
    where (e.exited_on is null and not a.goal)
        or (a.goal and e.goal_at is null and e.entered_on + a.days + $look_back >= $as_of)
),
met as (
    select q.entry_key, q.goal, q.lets_out, q.inside, $now as reached_at
    from asked as q
    join rule_member as r on r.rule = q.rule and r.customer_key = q.customer_key
    where q.until >= $as_of
    union all
    select q.entry_key, q.goal, q.lets_out, q.inside, coalesce(w.happened_at, cast(w.day as timestamptz))
    from asked as q
    join watch_row as w on w.watch = q.watch and w.customer_key = q.customer_key
    where w.day <= q.until
        and coalesce(w.happened_at > q.happened_at, w.row_key <> q.occurrence)
        and (
            (w.happened_at > q.since and w.happened_at <= $now)
            or (w.happened_at is null and w.day between cast(q.since as date) and cast($now as date))
        )
)
select entry_key, goal, bool_or(lets_out and inside) as leaves, min(reached_at) as reached_at
from met
group by entry_key, goal
