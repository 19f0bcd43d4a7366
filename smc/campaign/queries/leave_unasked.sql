-- Whose text ends stays by what can no longer be evaluated leaves: nobody could tell when his stay is over. Campaigns that
-- wait for a name to be known again let nobody out.
update entry
set
    exited_on = $as_of, exit_reason = 'exit condition no longer valid', step = null, due_at = null, waiting_since = null
from (
    select distinct a.campaign, a.version
    from purpose as a
    join rule_problem as b on b.rule = coalesce(a.rule, a.watch)
    where not a.goal and a.lets_out and not list_contains($held::varchar[], a.campaign)
) as p
where entry.campaign = p.campaign and entry.version = p.version and entry.exited_on is null
