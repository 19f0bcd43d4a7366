-- Stays of merged customers in campaigns where the survivor is himself, or was for the same occurrence.
insert into customer_merge_entry by name
select distinct p.merged_key, e.entry_key, e.step, e.due_at, e.waiting_since
from entry as e
join smc_pair as p on p.merged_key = e.customer_key
join entry as s
    on s.customer_key = p.survivor_key and s.campaign = e.campaign
    and (s.exited_on is null or s.occurrence = e.occurrence)
where e.exited_on is null;
