-- Where the days with a receipt begin in each window; the last one of all time is that of every window with any.

alter table customer_metric add column first_receipt_30d date; -- first day with a paid receipt in the 30 days that end with as_of; null without any
alter table customer_metric add column first_receipt_90d date; -- first day with a paid receipt in the 90 days that end with as_of; null without any
alter table customer_metric add column first_receipt_365d date; -- first day with a paid receipt in the 365 days that end with as_of; null without any
alter table customer_metric add column first_receipt_month date; -- first day with a paid receipt in the calendar month of as_of, up to as_of; null without any
