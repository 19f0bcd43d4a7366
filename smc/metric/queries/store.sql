-- Put the parts together. What does not fit its column is null. A customer with returned receipts alone has a row too: sums
-- of what he brought back, and no visits, days and favourites.
insert into customer_metric (
    customer_key, receipts, revenue, median_receipt, items, lines_amount, visits, discount, bonus_paid,
    bonus_accrued, promocodes_used, receipts_30d, revenue_30d, median_receipt_30d, items_30d, lines_amount_30d,
    visits_30d, discount_30d, bonus_paid_30d, bonus_accrued_30d, promocodes_used_30d, receipts_90d, revenue_90d,
    median_receipt_90d, items_90d, lines_amount_90d, visits_90d, discount_90d, bonus_paid_90d, bonus_accrued_90d,
    promocodes_used_90d, receipts_365d, revenue_365d, median_receipt_365d, items_365d, lines_amount_365d,
    visits_365d, discount_365d, bonus_paid_365d, bonus_accrued_365d, promocodes_used_365d, receipts_month,
    revenue_month, median_receipt_month, items_month, lines_amount_month, visits_month, discount_month,
    bonus_paid_month, bonus_accrued_month, promocodes_used_month, first_receipt, last_receipt, first_receipt_30d,
    first_receipt_90d, first_receipt_365d, first_receipt_month, favourite_category, favourite_brand, favourite_store,
    favourite_weekday, favourite_hour
)
select
    r.customer_key, r.receipts, try_cast(r.revenue as decimal(18, 2)),
    case when r.too_large = 0 then r.median_receipt end, try_cast(coalesce(l.items, 0) as decimal(18, 3)),
    try_cast(coalesce(l.lines_amount, 0) as decimal(18, 2)), coalesce(v.visits, 0), try_cast(r.discount as decimal(18, 2)),
    try_cast(r.bonus_paid as decimal(18, 2)), try_cast(r.bonus_accrued as decimal(18, 2)), r.promocodes_used,
    r.receipts_30d, try_cast(r.revenue_30d as decimal(18, 2)),
    case when r.too_large = 0 then r.median_receipt_30d end, try_cast(coalesce(l.items_30d, 0) as decimal(18, 3)),
    try_cast(coalesce(l.lines_amount_30d, 0) as decimal(18, 2)), coalesce(v.visits_30d, 0),
    try_cast(r.discount_30d as decimal(18, 2)), try_cast(r.bonus_paid_30d as decimal(18, 2)),
    try_cast(r.bonus_accrued_30d as decimal(18, 2)), r.promocodes_used_30d, r.receipts_90d,
    try_cast(r.revenue_90d as decimal(18, 2)), case when r.too_large = 0 then r.median_receipt_90d end,
    try_cast(coalesce(l.items_90d, 0) as decimal(18, 3)),
    try_cast(coalesce(l.lines_amount_90d, 0) as decimal(18, 2)), coalesce(v.visits_90d, 0),
    try_cast(r.discount_90d as decimal(18, 2)), try_cast(r.bonus_paid_90d as decimal(18, 2)),
    try_cast(r.bonus_accrued_90d as decimal(18, 2)), r.promocodes_used_90d, r.receipts_365d,
    try_cast(r.revenue_365d as decimal(18, 2)), case when r.too_large = 0 then r.median_receipt_365d end,
    try_cast(coalesce(l.items_365d, 0) as decimal(18, 3)),
    try_cast(coalesce(l.lines_amount_365d, 0) as decimal(18, 2)), coalesce(v.visits_365d, 0),
    try_cast(r.discount_365d as decimal(18, 2)), try_cast(r.bonus_paid_365d as decimal(18, 2)),
    try_cast(r.bonus_accrued_365d as decimal(18, 2)), r.promocodes_used_365d, r.receipts_month,
    try_cast(r.revenue_month as decimal(18, 2)), case when r.too_large = 0 then r.median_receipt_month end,
    try_cast(coalesce(l.items_month, 0) as decimal(18, 3)),
    try_cast(coalesce(l.lines_amount_month, 0) as decimal(18, 2)), coalesce(v.visits_month, 0),
    try_cast(r.discount_month as decimal(18, 2)), try_cast(r.bonus_paid_month as decimal(18, 2)),
    try_cast(r.bonus_accrued_month as decimal(18, 2)), r.promocodes_used_month, r.first_receipt, r.last_receipt,
    v.first_receipt_30d, v.first_receipt_90d, v.first_receipt_365d, v.first_receipt_month,
    i.category_key, n.brand, s.value, w.value, h.value
from metric_receipts as r
left join metric_visits as v on v.customer_key = r.customer_key
left join metric_lines as l on l.customer_key = r.customer_key
left join metric_favourite_category as c on c.customer_key = r.customer_key
left join metric_category as i on i.place = c.value
left join metric_favourite_brand as b on b.customer_key = r.customer_key
left join (select distinct place, brand from metric_brand) as n on n.place = b.value
left join metric_favourite_store as s on s.customer_key = r.customer_key
left join metric_favourite_weekday as w on w.customer_key = r.customer_key
left join metric_favourite_hour as h on h.customer_key = r.customer_key
