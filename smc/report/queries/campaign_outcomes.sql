-- How often the stays in one version of a campaign came to each outcome at each step; a stay counts once per outcome.
select l.step, l.outcome, count(distinct l.entry_key) as entries
from step_log as l
join entry as e on e.entry_key = l.entry_key
where e.campaign = $campaign and e.version = $version and l.done_on <= $as_of
group by l.step, l.outcome
order by l.step, l.outcome
