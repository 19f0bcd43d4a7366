-- Put the parts together. A customer without a paid receipt has no row; he may have returned ones only.
insert into customer_metric (
    customer_key, receipts, revenue, median_receipt, items, lines_amount, visits, discount, bonus_paid,
    bonus_accrued, promocodes_used, receipts_30d, revenue_30d, median_receipt_30d, items_30d, lines_amount_30d,
    visits_30d, discount_30d, bonus_paid_30d, bonus_accrued_30d, promocodes_used_30d, receipts_90d, revenue_90d,
    median_receipt_90d, items_90d, lines_amount_90d, visits_90d, discount_90d, bonus_paid_90d, bonus_accrued_90d,
    promocodes_used_90d, receipts_365d, revenue_365d, median_receipt_365d, items_365d, lines_amount_365d,
    visits_365d, discount_365d, bonus_paid_365d, bonus_accrued_365d, promocodes_used_365d, receipts_month,
    revenue_month, median_receipt_month, items_month, lines_amount_month, visits_month, discount_month,
    bonus_paid_month, bonus_accrued_month, promocodes_used_month, first_receipt, last_receipt, favourite_category,
    favourite_brand, favourite_store, favourite_weekday, favourite_hour
)
select
    r.customer_key, r.receipts, r.revenue, r.median_receipt, coalesce(l.items, 0), coalesce(l.lines_amount, 0),
    v.visits, r.discount, r.bonus_paid, r.bonus_accrued, r.promocodes_used, r.receipts_30d, r.revenue_30d,
    r.median_receipt_30d, coalesce(l.items_30d, 0), coalesce(l.lines_amount_30d, 0), v.visits_30d, r.discount_30d,
    r.bonus_paid_30d, r.bonus_accrued_30d, r.promocodes_used_30d, r.receipts_90d, r.revenue_90d,
    r.median_receipt_90d, coalesce(l.items_90d, 0), coalesce(l.lines_amount_90d, 0), v.visits_90d, r.discount_90d,
    r.bonus_paid_90d, r.bonus_accrued_90d, r.promocodes_used_90d, r.receipts_365d, r.revenue_365d,
    r.median_receipt_365d, coalesce(l.items_365d, 0), coalesce(l.lines_amount_365d, 0), v.visits_365d,
    r.discount_365d, r.bonus_paid_365d, r.bonus_accrued_365d, r.promocodes_used_365d, r.receipts_month,
    r.revenue_month, r.median_receipt_month, coalesce(l.items_month, 0), coalesce(l.lines_amount_month, 0),
    v.visits_month, r.discount_month, r.bonus_paid_month, r.bonus_accrued_month, r.promocodes_used_month,
    r.first_receipt, r.last_receipt, i.category_key, b.value, s.value, w.value, h.value
from metric_receipts as r
join metric_visits as v on v.customer_key = r.customer_key
left join metric_lines as l on l.customer_key = r.customer_key
left join metric_favourite_category as c on c.customer_key = r.customer_key
left join category_ident as i on i.category_id = c.value
left join metric_favourite_brand as b on b.customer_key = r.customer_key
left join metric_favourite_store as s on s.customer_key = r.customer_key
left join metric_favourite_weekday as w on w.customer_key = r.customer_key
left join metric_favourite_hour as h on h.customer_key = r.customer_key
where r.receipts > 0
