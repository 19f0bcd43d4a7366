-- The rest of an audience takes what has won.
insert into decided
select s.entry_key, v.variant as label, null as why
from standing as s
join variant_score as v on v.campaign = s.campaign and v.version = s.version and v.won
where s.action = 'contest'
