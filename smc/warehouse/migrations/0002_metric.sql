-- Sums and dates from which every built-in metric is read. Averages, ages and days since are derived when read.
-- Known are receipts up to the day of the last computation. Sums take in returned receipts, which are negative.

-- Stored part of the metrics, one row per customer with a paid receipt
create table customer_metric (
    customer_key bigint not null, -- who; customers without a paid receipt have no row
    receipts bigint not null, -- number of paid receipts
    revenue decimal(18, 2) not null, -- sum of totals
    median_receipt decimal(18, 3), -- median of totals of paid receipts; half a cent is possible
    items decimal(18, 3) not null, -- sum of quantities
    lines_amount decimal(18, 2) not null, -- sum of line amounts
    visits bigint not null, -- days with a paid receipt
    discount decimal(18, 2) not null, -- sum of discounts
    bonus_paid decimal(18, 2) not null, -- sum of bonuses used
    bonus_accrued decimal(18, 2) not null, -- sum of bonuses given
    promocodes_used bigint not null, -- paid receipts with a promocode
    receipts_30d bigint not null, -- number of paid receipts in the 30 days that end with as_of
    revenue_30d decimal(18, 2) not null, -- sum of totals in the 30 days that end with as_of
    median_receipt_30d decimal(18, 3), -- median of totals of paid receipts in the 30 days that end with as_of
    items_30d decimal(18, 3) not null, -- sum of quantities in the 30 days that end with as_of
    lines_amount_30d decimal(18, 2) not null, -- sum of line amounts in the 30 days that end with as_of
    visits_30d bigint not null, -- days with a paid receipt in the 30 days that end with as_of
    discount_30d decimal(18, 2) not null, -- sum of discounts in the 30 days that end with as_of
    bonus_paid_30d decimal(18, 2) not null, -- sum of bonuses used in the 30 days that end with as_of
    bonus_accrued_30d decimal(18, 2) not null, -- sum of bonuses given in the 30 days that end with as_of
    promocodes_used_30d bigint not null, -- paid receipts with a promocode in the 30 days that end with as_of
    receipts_90d bigint not null, -- number of paid receipts in the 90 days that end with as_of
    revenue_90d decimal(18, 2) not null, -- sum of totals in the 90 days that end with as_of
    median_receipt_90d decimal(18, 3), -- median of totals of paid receipts in the 90 days that end with as_of
    items_90d decimal(18, 3) not null, -- sum of quantities in the 90 days that end with as_of
    lines_amount_90d decimal(18, 2) not null, -- sum of line amounts in the 90 days that end with as_of
    visits_90d bigint not null, -- days with a paid receipt in the 90 days that end with as_of
    discount_90d decimal(18, 2) not null, -- sum of discounts in the 90 days that end with as_of
    bonus_paid_90d decimal(18, 2) not null, -- sum of bonuses used in the 90 days that end with as_of
    bonus_accrued_90d decimal(18, 2) not null, -- sum of bonuses given in the 90 days that end with as_of
    promocodes_used_90d bigint not null, -- paid receipts with a promocode in the 90 days that end with as_of
    receipts_365d bigint not null, -- number of paid receipts in the 365 days that end with as_of
    revenue_365d decimal(18, 2) not null, -- sum of totals in the 365 days that end with as_of
    median_receipt_365d decimal(18, 3), -- median of totals of paid receipts in the 365 days that end with as_of
    items_365d decimal(18, 3) not null, -- sum of quantities in the 365 days that end with as_of
    lines_amount_365d decimal(18, 2) not null, -- sum of line amounts in the 365 days that end with as_of
    visits_365d bigint not null, -- days with a paid receipt in the 365 days that end with as_of
    discount_365d decimal(18, 2) not null, -- sum of discounts in the 365 days that end with as_of
    bonus_paid_365d decimal(18, 2) not null, -- sum of bonuses used in the 365 days that end with as_of
    bonus_accrued_365d decimal(18, 2) not null, -- sum of bonuses given in the 365 days that end with as_of
    promocodes_used_365d bigint not null, -- paid receipts with a promocode in the 365 days that end with as_of
    receipts_month bigint not null, -- number of paid receipts in the calendar month of as_of, up to as_of
    revenue_month decimal(18, 2) not null, -- sum of totals in the calendar month of as_of, up to as_of
    median_receipt_month decimal(18, 3), -- median of totals of paid receipts in the calendar month of as_of, up to as_of
    items_month decimal(18, 3) not null, -- sum of quantities in the calendar month of as_of, up to as_of
    lines_amount_month decimal(18, 2) not null, -- sum of line amounts in the calendar month of as_of, up to as_of
    visits_month bigint not null, -- days with a paid receipt in the calendar month of as_of, up to as_of
    discount_month decimal(18, 2) not null, -- sum of discounts in the calendar month of as_of, up to as_of
    bonus_paid_month decimal(18, 2) not null, -- sum of bonuses used in the calendar month of as_of, up to as_of
    bonus_accrued_month decimal(18, 2) not null, -- sum of bonuses given in the calendar month of as_of, up to as_of
    promocodes_used_month bigint not null, -- paid receipts with a promocode in the calendar month of as_of, up to as_of
    first_receipt date not null, -- first day with a paid receipt
    last_receipt date not null, -- last day with a paid receipt
    favourite_category bigint, -- category_key with most paid receipts, then most money, then lowest category_id
    favourite_brand varchar, -- brand with most paid receipts, then most money, then first by name
    favourite_store varchar, -- store with most paid receipts, then most money, then first by id
    favourite_weekday integer, -- 1 Monday to 7 Sunday with most paid receipts, then most money, then lowest
    favourite_hour integer -- local hour 0 to 23, same rule
);

-- Values of the project's own metrics; one column per metric of metrics.yaml is added when it is first computed
create table custom_metric (
    customer_key bigint not null -- who; customers with a figure of any column
);

-- Catalogue as it was when metrics were last computed, to find whose favourites a change of it moves
create table metric_product (
    product_key bigint not null, -- joins product_ident
    brand varchar,               -- brand of the product
    categories varchar           -- its category_key and those above it, as text
);
