-- Figures of customers beside their receipts; whom the segments must look at; room for sums that are too large.

-- Stored part of the metrics over other facts than receipts (smc/model/metrics.py), one row per customer with any figure
create table customer_activity (
    customer_key bigint not null, -- who
    bonus_active decimal(18, 4), -- bonuses to spend
    bonus_pending decimal(18, 4), -- bonuses to come
    bonus_expiring decimal(18, 4), -- bonuses that expire next
    bonus_expires_on date, -- day when bonuses expire next
    promocodes_issued bigint, -- promocodes issued
    promocodes_redeemed bigint, -- redemptions of promocodes
    messages bigint, -- messages received
    opened bigint, -- messages opened
    clicked bigint, -- messages clicked
    messages_email bigint, -- messages received by e-mail
    opened_email bigint, -- messages opened by e-mail
    clicked_email bigint, -- messages clicked by e-mail
    messages_sms bigint, -- messages received by SMS
    opened_sms bigint, -- messages opened by SMS
    clicked_sms bigint, -- messages clicked by SMS
    messages_push bigint, -- messages received by push
    opened_push bigint, -- messages opened by push
    clicked_push bigint, -- messages clicked by push
    site_visits bigint, -- days on the site
    orders bigint, -- orders
    orders_total decimal(18, 4), -- ordered
    promocodes_redeemed_30d bigint, -- redemptions of promocodes in the 30 days that end with as_of
    messages_30d bigint, -- messages received in the 30 days that end with as_of
    opened_30d bigint, -- messages opened in the 30 days that end with as_of
    clicked_30d bigint, -- messages clicked in the 30 days that end with as_of
    messages_email_30d bigint, -- messages received by e-mail in the 30 days that end with as_of
    opened_email_30d bigint, -- messages opened by e-mail in the 30 days that end with as_of
    clicked_email_30d bigint, -- messages clicked by e-mail in the 30 days that end with as_of
    messages_sms_30d bigint, -- messages received by SMS in the 30 days that end with as_of
    opened_sms_30d bigint, -- messages opened by SMS in the 30 days that end with as_of
    clicked_sms_30d bigint, -- messages clicked by SMS in the 30 days that end with as_of
    messages_push_30d bigint, -- messages received by push in the 30 days that end with as_of
    opened_push_30d bigint, -- messages opened by push in the 30 days that end with as_of
    clicked_push_30d bigint, -- messages clicked by push in the 30 days that end with as_of
    site_visits_30d bigint, -- days on the site in the 30 days that end with as_of
    orders_30d bigint, -- orders in the 30 days that end with as_of
    orders_total_30d decimal(18, 4), -- ordered in the 30 days that end with as_of
    promocodes_redeemed_90d bigint, -- redemptions of promocodes in the 90 days that end with as_of
    messages_90d bigint, -- messages received in the 90 days that end with as_of
    opened_90d bigint, -- messages opened in the 90 days that end with as_of
    clicked_90d bigint, -- messages clicked in the 90 days that end with as_of
    messages_email_90d bigint, -- messages received by e-mail in the 90 days that end with as_of
    opened_email_90d bigint, -- messages opened by e-mail in the 90 days that end with as_of
    clicked_email_90d bigint, -- messages clicked by e-mail in the 90 days that end with as_of
    messages_sms_90d bigint, -- messages received by SMS in the 90 days that end with as_of
    opened_sms_90d bigint, -- messages opened by SMS in the 90 days that end with as_of
    clicked_sms_90d bigint, -- messages clicked by SMS in the 90 days that end with as_of
    messages_push_90d bigint, -- messages received by push in the 90 days that end with as_of
    opened_push_90d bigint, -- messages opened by push in the 90 days that end with as_of
    clicked_push_90d bigint, -- messages clicked by push in the 90 days that end with as_of
    site_visits_90d bigint, -- days on the site in the 90 days that end with as_of
    orders_90d bigint, -- orders in the 90 days that end with as_of
    orders_total_90d decimal(18, 4), -- ordered in the 90 days that end with as_of
    promocodes_redeemed_365d bigint, -- redemptions of promocodes in the 365 days that end with as_of
    messages_365d bigint, -- messages received in the 365 days that end with as_of
    opened_365d bigint, -- messages opened in the 365 days that end with as_of
    clicked_365d bigint, -- messages clicked in the 365 days that end with as_of
    messages_email_365d bigint, -- messages received by e-mail in the 365 days that end with as_of
    opened_email_365d bigint, -- messages opened by e-mail in the 365 days that end with as_of
    clicked_email_365d bigint, -- messages clicked by e-mail in the 365 days that end with as_of
    messages_sms_365d bigint, -- messages received by SMS in the 365 days that end with as_of
    opened_sms_365d bigint, -- messages opened by SMS in the 365 days that end with as_of
    clicked_sms_365d bigint, -- messages clicked by SMS in the 365 days that end with as_of
    messages_push_365d bigint, -- messages received by push in the 365 days that end with as_of
    opened_push_365d bigint, -- messages opened by push in the 365 days that end with as_of
    clicked_push_365d bigint, -- messages clicked by push in the 365 days that end with as_of
    site_visits_365d bigint, -- days on the site in the 365 days that end with as_of
    orders_365d bigint, -- orders in the 365 days that end with as_of
    orders_total_365d decimal(18, 4), -- ordered in the 365 days that end with as_of
    promocodes_redeemed_month bigint, -- redemptions of promocodes in the calendar month of as_of, up to as_of
    messages_month bigint, -- messages received in the calendar month of as_of, up to as_of
    opened_month bigint, -- messages opened in the calendar month of as_of, up to as_of
    clicked_month bigint, -- messages clicked in the calendar month of as_of, up to as_of
    messages_email_month bigint, -- messages received by e-mail in the calendar month of as_of, up to as_of
    opened_email_month bigint, -- messages opened by e-mail in the calendar month of as_of, up to as_of
    clicked_email_month bigint, -- messages clicked by e-mail in the calendar month of as_of, up to as_of
    messages_sms_month bigint, -- messages received by SMS in the calendar month of as_of, up to as_of
    opened_sms_month bigint, -- messages opened by SMS in the calendar month of as_of, up to as_of
    clicked_sms_month bigint, -- messages clicked by SMS in the calendar month of as_of, up to as_of
    messages_push_month bigint, -- messages received by push in the calendar month of as_of, up to as_of
    opened_push_month bigint, -- messages opened by push in the calendar month of as_of, up to as_of
    clicked_push_month bigint, -- messages clicked by push in the calendar month of as_of, up to as_of
    site_visits_month bigint, -- days on the site in the calendar month of as_of, up to as_of
    orders_month bigint, -- orders in the calendar month of as_of, up to as_of
    orders_total_month decimal(18, 4), -- ordered in the calendar month of as_of, up to as_of
    last_message date, -- last message
    last_opened date, -- last message opened
    last_clicked date, -- last click
    last_site_visit date, -- last visit of the site
    last_order date -- last order
);

-- Customers whose facts or metrics changed since segments were last refreshed; the refresh empties it
create table segment_touched (
    customer_key bigint -- who; may repeat; null: everyone
);

-- What else metrics read as it was when they were last computed, to find whose figures a change of it moves
create table metric_dimension (
    dimension varchar not null, -- store, mailing, promocode or product
    id varchar not null,        -- its id as text
    value varchar not null      -- what metrics read of it, as text
);

-- Null is the mark of a sum that does not fit its column.
alter table customer_metric alter column revenue drop not null;
alter table customer_metric alter column items drop not null;
alter table customer_metric alter column lines_amount drop not null;
alter table customer_metric alter column discount drop not null;
alter table customer_metric alter column bonus_paid drop not null;
alter table customer_metric alter column bonus_accrued drop not null;
alter table customer_metric alter column revenue_30d drop not null;
alter table customer_metric alter column items_30d drop not null;
alter table customer_metric alter column lines_amount_30d drop not null;
alter table customer_metric alter column discount_30d drop not null;
alter table customer_metric alter column bonus_paid_30d drop not null;
alter table customer_metric alter column bonus_accrued_30d drop not null;
alter table customer_metric alter column revenue_90d drop not null;
alter table customer_metric alter column items_90d drop not null;
alter table customer_metric alter column lines_amount_90d drop not null;
alter table customer_metric alter column discount_90d drop not null;
alter table customer_metric alter column bonus_paid_90d drop not null;
alter table customer_metric alter column bonus_accrued_90d drop not null;
alter table customer_metric alter column revenue_365d drop not null;
alter table customer_metric alter column items_365d drop not null;
alter table customer_metric alter column lines_amount_365d drop not null;
alter table customer_metric alter column discount_365d drop not null;
alter table customer_metric alter column bonus_paid_365d drop not null;
alter table customer_metric alter column bonus_accrued_365d drop not null;
alter table customer_metric alter column revenue_month drop not null;
alter table customer_metric alter column items_month drop not null;
alter table customer_metric alter column lines_amount_month drop not null;
alter table customer_metric alter column discount_month drop not null;
alter table customer_metric alter column bonus_paid_month drop not null;
alter table customer_metric alter column bonus_accrued_month drop not null;
comment on table custom_metric is 'Values of the project''s own metrics, one row per customer with any; one column per metric of metrics.yaml is added when it is first computed';
