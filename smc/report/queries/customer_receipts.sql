-- The last receipts of one customer.
select i.receipt_id, r.purchased_at, r.store_id, r.status, r.total, r.discount
from receipt as r
join receipt_ident as i on i.receipt_key = r.receipt_key
where r.customer_key = $key
order by r.purchased_at desc, i.receipt_id
limit 10
