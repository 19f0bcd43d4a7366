-- What happened to the entries of one campaign at each step of each version; an entry counts once per outcome.
with seen as (
    select
        e.version, l.step,
        count(distinct l.entry_key) as reached,
        count(distinct case when l.outcome in ('passed', 'test') then l.entry_key end) as passed,
        count(distinct case when l.outcome in ('refused', 'control') then l.entry_key end) as refused,
        count(distinct case when l.outcome in ('messaged', 'tried') then l.entry_key end) as messaged,
        count(distinct case when l.outcome in ('tagged', 'untagged') then l.entry_key end) as tagged,
        count(distinct case when l.outcome = 'exited' then l.entry_key end) as exited
    from step_log l
    join entry e on e.entry_key = l.entry_key
    where e.kind = $kind and e.campaign = $campaign and l.done_on <= $as_of
    group by e.version, l.step
), waiting as (
    -- An entry that waits rests at the step behind its wait; people look for it at the wait, the last one it reached.
    select entry_key, max(step) as step
    from step_log
    where outcome in ('waiting', 'tried') and done_on <= $as_of
    group by entry_key
), standing as (
    select e.version, coalesce(w.step, e.step) as step, count(*) as inside
    from entry e
    left join waiting w on w.entry_key = e.entry_key
    where e.kind = $kind and e.campaign = $campaign and e.entered_on <= $as_of
        and e.step is not null and e.exited_on is null
    group by e.version, coalesce(w.step, e.step)
)
select
    coalesce(s.version, h.version) as version, coalesce(s.step, h.step) as step,
    coalesce(s.reached, 0) as reached, coalesce(s.passed, 0) as passed, coalesce(s.refused, 0) as refused,
    coalesce(s.messaged, 0) as messaged, coalesce(s.tagged, 0) as tagged, coalesce(s.exited, 0) as exited,
    coalesce(h.inside, 0) as inside
from seen s
full outer join standing h on h.version = s.version and h.step = s.step
order by version desc, step
