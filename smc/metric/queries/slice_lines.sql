-- The lines of the customers in scope, with what the statements over lines need. Categories and brands stand as their
-- place in the order of their ids and names: narrow, and the lowest of equals is the smallest number. A line that takes
-- something back is in sums alone, also where its receipt is paid.
select
    t.customer_key,
    t.receipt_key,
    t.day,
    t.quantity,
    t.amount,
    c.place as category,
    b.place as brand,
    coalesce(back.returned, 0) = 0 and t.quantity >= 0 and t.amount >= 0 as paid
from receipt_line as t
left join metric_category as c on c.category_key = t.category_key
left join metric_brand as b on b.product_key = t.product_key
left join (select receipt_key, 1 as returned from receipt where status = 'returned') as back
    on back.receipt_key = t.receipt_key
where t.customer_key is not null and t.counted and t.day <= $as_of and $scope
