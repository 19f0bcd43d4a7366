-- What is odd in the data and stays as it is, so that figures can be judged.
select 1 as place, 'lines_without_product' as note, count(*) as found, sum(l.amount) as amount
from receipt_line l
left join product p on p.product_key = l.product_key
where p.product_key is null
union all
select 2, 'lines_without_receipt', count(*), sum(amount) from receipt_line where day is null
union all
select 3, 'lines_without_quantity', count(*), sum(amount) from receipt_line where quantity = 0
union all
select 4, 'receipts_without_customer', count(*), sum(total)
from receipt
where customer_key is null and status <> 'cancelled' and day <= $as_of
union all
select 5, 'receipts_without_profile', count(*), sum(r.total)
from receipt r
left join customer c on c.customer_key = r.customer_key
where r.customer_key is not null and c.customer_key is null and r.status <> 'cancelled' and r.day <= $as_of
union all
select 6, 'receipts_cancelled', count(*), sum(total) from receipt where status = 'cancelled' and day <= $as_of
union all
select 7, 'receipts_later', count(*), sum(total) from receipt where day > $as_of
order by place
