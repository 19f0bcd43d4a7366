-- The present state gives way to a row that is newer, or as new and no more of a permission.
delete from subscription as o
using smc_new as n
where o.customer_key = n.customer_key and o.channel = n.channel and o.category = n.category
    and (o.changed_at < n.changed_at or o.changed_at = n.changed_at
        and case o.state when 'no' then 2 when 'unknown' then 1 else 0 end
            <= case n.state when 'no' then 2 when 'unknown' then 1 else 0 end);
