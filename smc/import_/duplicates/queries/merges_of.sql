-- Merges that hold in the group of a customer, in the order in which they were done.
select m.merge_no, m.merged_key, m.survivor_key, i.customer_id as merged_id, s.customer_id as survivor_id
from customer_merge as m
join customer_alias as a on a.merged_key = m.merged_key
join customer_ident as i on i.customer_key = m.merged_key
join customer_ident as s on s.customer_key = m.survivor_key
where m.undone_on is null and a.survivor_key = $final
order by m.merge_no;
