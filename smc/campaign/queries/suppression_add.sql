-- Put on the list what is not on it for this channel.
insert into suppression by name
select
    coalesce((select max(suppression_no) from suppression), 0)
        + row_number() over (order by w.address, w.customer_key) as suppression_no,
    w.channel, w.address, w.customer_key, $reason as reason, $person as added_by, $now as added_at
from suppression_wanted as w
left join suppression as s
    on s.removed_at is null and s.channel is not distinct from w.channel
    and s.address is not distinct from w.address and s.customer_key is not distinct from w.customer_key
where s.suppression_no is null
