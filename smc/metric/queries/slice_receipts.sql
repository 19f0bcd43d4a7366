-- The receipts of the customers in scope, with what the statements over receipts need, read once for all of them.
select
    t.customer_key,
    t.day,
    t.status = 'paid' as paid,
    t.total,
    t.discount,
    t.bonus_paid,
    t.bonus_accrued,
    t.promocode is not null as coded,
    t.store_id,
    extract(hour from t.purchased_at) as hour
from receipt as t
where t.customer_key is not null and t.status <> 'cancelled' and t.day <= $as_of and $scope
