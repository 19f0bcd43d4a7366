-- The figures of customer_metric as of 2025-12-30 in one statement, as an analyst would write it for a single day.
create table by_hand as
with known as (
    select * from receipt where customer_key is not null and status <> 'cancelled' and day <= date '2025-12-30'
),
sold as (
    select * from known where status = 'paid'
),
sums as (
    select
        customer_key,
        count(*) filter (where status = 'paid') as receipts,
        coalesce(sum(total), 0) as revenue,
        median(total) filter (where status = 'paid') as median_receipt,
        coalesce(sum(discount), 0) as discount,
        coalesce(sum(bonus_paid), 0) as bonus_paid,
        coalesce(sum(bonus_accrued), 0) as bonus_accrued,
        count(promocode) filter (where status = 'paid') as promocodes_used,
        count(*) filter (where status = 'paid' and day > date '2025-11-30') as receipts_30d,
        coalesce(sum(total) filter (where day > date '2025-11-30'), 0) as revenue_30d,
        median(total) filter (where status = 'paid' and day > date '2025-11-30') as median_receipt_30d,
        coalesce(sum(discount) filter (where day > date '2025-11-30'), 0) as discount_30d,
        coalesce(sum(bonus_paid) filter (where day > date '2025-11-30'), 0) as bonus_paid_30d,
        coalesce(sum(bonus_accrued) filter (where day > date '2025-11-30'), 0) as bonus_accrued_30d,
        count(promocode) filter (where status = 'paid' and day > date '2025-11-30') as promocodes_used_30d,
        count(*) filter (where status = 'paid' and day > date '2025-10-01') as receipts_90d,
        coalesce(sum(total) filter (where day > date '2025-10-01'), 0) as revenue_90d,
        median(total) filter (where status = 'paid' and day > date '2025-10-01') as median_receipt_90d,
        coalesce(sum(discount) filter (where day > date '2025-10-01'), 0) as discount_90d,
        coalesce(sum(bonus_paid) filter (where day > date '2025-10-01'), 0) as bonus_paid_90d,
        coalesce(sum(bonus_accrued) filter (where day > date '2025-10-01'), 0) as bonus_accrued_90d,
        count(promocode) filter (where status = 'paid' and day > date '2025-10-01') as promocodes_used_90d,
        count(*) filter (where status = 'paid' and day > date '2024-12-30') as receipts_365d,
        coalesce(sum(total) filter (where day > date '2024-12-30'), 0) as revenue_365d,
        median(total) filter (where status = 'paid' and day > date '2024-12-30') as median_receipt_365d,
        coalesce(sum(discount) filter (where day > date '2024-12-30'), 0) as discount_365d,
        coalesce(sum(bonus_paid) filter (where day > date '2024-12-30'), 0) as bonus_paid_365d,
        coalesce(sum(bonus_accrued) filter (where day > date '2024-12-30'), 0) as bonus_accrued_365d,
        count(promocode) filter (where status = 'paid' and day > date '2024-12-30') as promocodes_used_365d,
        count(*) filter (where status = 'paid' and day >= date '2025-12-01') as receipts_month,
        coalesce(sum(total) filter (where day >= date '2025-12-01'), 0) as revenue_month,
        median(total) filter (where status = 'paid' and day >= date '2025-12-01') as median_receipt_month,
        coalesce(sum(discount) filter (where day >= date '2025-12-01'), 0) as discount_month,
        coalesce(sum(bonus_paid) filter (where day >= date '2025-12-01'), 0) as bonus_paid_month,
        coalesce(sum(bonus_accrued) filter (where day >= date '2025-12-01'), 0) as bonus_accrued_month,
        count(promocode) filter (where status = 'paid' and day >= date '2025-12-01') as promocodes_used_month,
        min(day) filter (where status = 'paid') as first_receipt,
        max(day) filter (where status = 'paid') as last_receipt
    from known
    group by customer_key
),
days as (
    select
        customer_key,
        count(*) as visits,
        count(*) filter (where day > date '2025-11-30') as visits_30d,
        count(*) filter (where day > date '2025-10-01') as visits_90d,
        count(*) filter (where day > date '2024-12-30') as visits_365d,
        count(*) filter (where day >= date '2025-12-01') as visits_month,
        min(day) filter (where day > date '2025-11-30') as first_receipt_30d,
        min(day) filter (where day > date '2025-10-01') as first_receipt_90d,
        min(day) filter (where day > date '2024-12-30') as first_receipt_365d,
        min(day) filter (where day >= date '2025-12-01') as first_receipt_month
    from (select distinct customer_key, day from sold)
    group by customer_key
),
lines as (
    select
        customer_key,
        coalesce(sum(quantity), 0) as items,
        coalesce(sum(amount), 0) as lines_amount,
        coalesce(sum(quantity) filter (where day > date '2025-11-30'), 0) as items_30d,
        coalesce(sum(amount) filter (where day > date '2025-11-30'), 0) as lines_amount_30d,
        coalesce(sum(quantity) filter (where day > date '2025-10-01'), 0) as items_90d,
        coalesce(sum(amount) filter (where day > date '2025-10-01'), 0) as lines_amount_90d,
        coalesce(sum(quantity) filter (where day > date '2024-12-30'), 0) as items_365d,
        coalesce(sum(amount) filter (where day > date '2024-12-30'), 0) as lines_amount_365d,
        coalesce(sum(quantity) filter (where day >= date '2025-12-01'), 0) as items_month,
        coalesce(sum(amount) filter (where day >= date '2025-12-01'), 0) as lines_amount_month
    from receipt_line
    where customer_key is not null and counted and day <= date '2025-12-30'
    group by customer_key
),
bought as (
    select l.customer_key, l.receipt_key, l.amount, i.category_id, p.brand
    from receipt_line l
    join sold using (receipt_key)
    left join category_ident i on i.category_key = l.category_key
    left join product p on p.product_key = l.product_key
),
favourite_category as (
    select customer_key, category_id as favourite_category
    from (select customer_key, category_id, receipt_key, sum(amount) as amount from bought where category_id is not null group by all)
    group by customer_key, category_id
    qualify row_number() over (partition by customer_key order by count(*) desc, sum(amount) desc, category_id) = 1
),
favourite_brand as (
    select customer_key, brand as favourite_brand
    from (select customer_key, brand, receipt_key, sum(amount) as amount from bought where brand is not null group by all)
    group by customer_key, brand
    qualify row_number() over (partition by customer_key order by count(*) desc, sum(amount) desc, brand) = 1
),
favourite_store as (
    select customer_key, store_id as favourite_store from sold where store_id is not null group by customer_key, store_id
    qualify row_number() over (partition by customer_key order by count(*) desc, sum(total) desc, store_id) = 1
),
favourite_weekday as (
    select customer_key, isodow(day) as favourite_weekday from sold where isodow(day) is not null group by customer_key, isodow(day)
    qualify row_number() over (partition by customer_key order by count(*) desc, sum(total) desc, isodow(day)) = 1
),
favourite_hour as (
    select customer_key, hour(purchased_at) as favourite_hour from sold where hour(purchased_at) is not null group by customer_key, hour(purchased_at)
    qualify row_number() over (partition by customer_key order by count(*) desc, sum(total) desc, hour(purchased_at)) = 1
)
select *
from sums
left join days using (customer_key)
left join lines using (customer_key)
left join favourite_category using (customer_key)
left join favourite_brand using (customer_key)
left join favourite_store using (customer_key)
left join favourite_weekday using (customer_key)
left join favourite_hour using (customer_key)
where receipts > 0
