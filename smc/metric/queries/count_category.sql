-- In how many paid receipts and for how much each customer bought each category. value is the text id, so that a tie
-- does not hang on the order of import.
-- A receipt counts once however many of its lines match: first a row per receipt, then a count of rows.
select b.customer_key, i.category_id as value, b.receipts, b.money
from (
    select customer_key, category_key, count(*) as receipts, sum(money) as money
    from (
        select l.customer_key, l.category_key, l.receipt_key, sum(l.amount) as money
        from receipt_line as l
        left join (select receipt_key, true as returned from receipt where status = 'returned') as r
            on r.receipt_key = l.receipt_key
        where l.counted and l.customer_key is not null and l.category_key is not null and l.day <= $as_of
            and not coalesce(r.returned, false) and $scope
        group by l.customer_key, l.category_key, l.receipt_key
    ) as bought
    group by customer_key, category_key
) as b
join category_ident as i on i.category_key = b.category_key
