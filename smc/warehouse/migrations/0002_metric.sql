-- Sums and dates from which every built-in metric is read. Averages, ages and days since are derived when read.

-- Stored part of the metrics: paid receipts known on the day of the last computation
create table customer_metric (
    customer_key bigint not null,          -- who; customers without a paid receipt have no row
    receipts bigint not null,              -- number of receipts
    revenue decimal(18, 2) not null,       -- sum of totals
    median_receipt decimal(18, 2),         -- median of totals
    items decimal(18, 3) not null,         -- sum of quantities
    lines_amount decimal(18, 2) not null,  -- sum of line amounts
    visits bigint not null,                -- days with a receipt
    discount decimal(18, 2) not null,      -- sum of discounts
    bonus_paid decimal(18, 2) not null,    -- sum of bonuses used
    bonus_accrued decimal(18, 2) not null, -- sum of bonuses given
    first_receipt date not null,           -- first day with a receipt
    last_receipt date not null,            -- last day with a receipt
    favourite_category bigint,             -- category_key with most receipts, then most money, then lowest id
    favourite_brand varchar,               -- brand with most receipts, then most money, then first by name
    favourite_store varchar,               -- store with most receipts, then most money, then first by id
    favourite_weekday integer,             -- 1 Monday to 7 Sunday with most receipts, then most money, then lowest
    favourite_hour integer,                -- local hour 0 to 23, same rule
    receipts_30d bigint not null,          -- in the 30 days that end with as_of
    revenue_30d decimal(18, 2) not null,   -- same window
    items_30d decimal(18, 3) not null,     -- same window
    visits_30d bigint not null,            -- same window
    discount_30d decimal(18, 2) not null,  -- same window
    receipts_90d bigint not null,          -- in the 90 days that end with as_of
    revenue_90d decimal(18, 2) not null,   -- same window
    items_90d decimal(18, 3) not null,     -- same window
    visits_90d bigint not null,            -- same window
    discount_90d decimal(18, 2) not null,  -- same window
    receipts_365d bigint not null,         -- in the 365 days that end with as_of
    revenue_365d decimal(18, 2) not null,  -- same window
    items_365d decimal(18, 3) not null,    -- same window
    visits_365d bigint not null,           -- same window
    discount_365d decimal(18, 2) not null, -- same window
    receipts_month bigint not null,        -- in the calendar month of as_of
    revenue_month decimal(18, 2) not null, -- same window
    items_month decimal(18, 3) not null,   -- same window
    visits_month bigint not null,          -- same window
    discount_month decimal(18, 2) not null -- same window
);

-- Values of the project's own metrics; one column per metric of metrics.yaml is added when it is first computed
create table custom_metric (
    customer_key bigint not null -- who
);
