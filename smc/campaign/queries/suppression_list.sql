-- The list as it is now.
select s.suppression_no as no, coalesce(s.channel, 'all') as channel, s.address, i.customer_id, s.reason, s.added_by,
    s.added_at
from suppression as s
left join customer_ident as i on i.customer_key = s.customer_key
where s.removed_at is null
order by s.suppression_no desc
