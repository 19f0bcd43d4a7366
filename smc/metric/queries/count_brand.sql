-- In how many paid receipts and for how much each customer bought each brand; value is the name.
-- A receipt counts once however many of its lines match: first a row per receipt, then a count of rows.
select customer_key, brand as value, count(*) as receipts, sum(money) as money
from (
    select l.customer_key, p.brand, l.receipt_key, sum(l.amount) as money
    from receipt_line as l
    join product as p on p.product_key = l.product_key
    left join (select receipt_key, true as returned from receipt where status = 'returned') as r
        on r.receipt_key = l.receipt_key
    where l.counted and l.customer_key is not null and p.brand is not null and l.day <= $as_of
        and not coalesce(r.returned, false) and $scope
    group by l.customer_key, p.brand, l.receipt_key
) as bought
group by customer_key, brand
