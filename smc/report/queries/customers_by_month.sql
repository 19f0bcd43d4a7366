-- Customers by month: registered, bought for the first time, came back. Buyers are of paid receipts.
with buyer_month as (
    select distinct customer_key, cast(date_trunc('month', day) as date) as month
    from receipt
    where status = 'paid' and day <= $as_of and customer_key is not null
), first_month as (
    select customer_key, min(month) as month from buyer_month group by customer_key
), bought as (
    select b.month, count(*) as buyers, sum(case when b.month = f.month then 1 else 0 end) as new_buyers
    from buyer_month b
    join first_month f on f.customer_key = b.customer_key
    group by b.month
), joined as (
    select cast(date_trunc('month', cast(registered_at as date)) as date) as month, count(*) as registered
    from customer
    where registered_at is not null and cast(registered_at as date) <= $as_of
    group by cast(date_trunc('month', cast(registered_at as date)) as date)
)
select
    coalesce(b.month, j.month) as month,
    coalesce(j.registered, 0) as registered,
    coalesce(b.buyers, 0) as buyers,
    coalesce(b.new_buyers, 0) as new_buyers,
    coalesce(b.buyers - b.new_buyers, 0) as returning_buyers,
    cast(b.buyers - b.new_buyers as double) / nullif(cast(b.buyers as double), 0) as returning_share
from bought b
full outer join joined j on j.month = b.month
where coalesce(b.month, j.month) >= $since
order by month
