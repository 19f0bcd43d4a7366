-- Local day of an order, and whether it counts: not when one of its three statuses says so.
update customer_order as o
set day = s.day, counted = s.counted
from (
    select
        c.order_key, cast(c.ordered_at as date) as day,
        g.code is null and d.code is null and p.code is null as counted
    from customer_order as c
    semi join smc_judged as j on j.order_key = c.order_key
    left join order_status as g on g.kind = 'general' and g.code = c.status and not g.counts
    left join order_status as d on d.kind = 'delivery' and d.code = c.delivery_status and not d.counts
    left join order_status as p on p.kind = 'payment' and p.code = c.payment_status and not p.counts
) as s
where s.order_key = o.order_key and (o.day is distinct from s.day or o.counted is distinct from s.counted);
