-- Lines of the last paid receipt of everyone with a planned message; a receipt without lines has one row of nulls.
select p.customer_key, t.receipt_id as id, p.day, p.total, l.line_no, d.name as product, l.quantity, l.amount
from (
    select
        e.customer_key, e.receipt_key, e.day, e.total,
        row_number() over (partition by e.customer_key order by e.purchased_at desc, e.receipt_key desc) as place
    from receipt as e
    inner join (
        select distinct g.customer_key from message as g
        where g.state = 'planned' and g.arm <> 'control'
    ) as q on q.customer_key = e.customer_key
    where e.status = 'paid' and e.day <= $as_of
) as p
inner join receipt_ident as t on t.receipt_key = p.receipt_key
left join receipt_line as l on l.receipt_key = p.receipt_key
left join product as d on d.product_key = l.product_key
where p.place = 1
order by p.customer_key, l.line_no
