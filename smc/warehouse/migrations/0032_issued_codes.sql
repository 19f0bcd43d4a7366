-- Codes that were given in a window.

alter table customer_activity add column promocodes_issued_30d bigint; -- codes given by smc in the 30 days that end with as_of
alter table customer_activity add column promocodes_issued_90d bigint; -- codes given by smc in the 90 days that end with as_of
alter table customer_activity add column promocodes_issued_365d bigint; -- codes given by smc in the 365 days that end with as_of
alter table customer_activity add column promocodes_issued_month bigint; -- codes given by smc in the calendar month of as_of, up to as_of
