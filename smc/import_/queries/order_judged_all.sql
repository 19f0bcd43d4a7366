-- Orders that count and did not, or did and do not, since the codes changed.
create or replace temp table smc_judged as
select o.order_key
from customer_order as o
left join order_status as g on g.kind = 'general' and g.code = o.status and not g.counts
left join order_status as d on d.kind = 'delivery' and d.code = o.delivery_status and not d.counts
left join order_status as p on p.kind = 'payment' and p.code = o.payment_status and not p.counts
where o.counted is distinct from (g.code is null and d.code is null and p.code is null);
