-- Customers who only brought things back have figures too: sums over customers are those over receipts.
alter table customer_metric alter column first_receipt drop not null;
alter table customer_metric alter column last_receipt drop not null;
comment on table customer_metric is 'Stored part of the metrics, one row per customer with a paid or returned receipt';
comment on column customer_metric.customer_key is 'who; customers without a paid or returned receipt have no row';
comment on column customer_metric.first_receipt is 'first day with a paid receipt; null when all were returned';
comment on column customer_metric.last_receipt is 'last day with a paid receipt; null when all were returned';
comment on column custom_metric.customer_key is 'who; customers with a figure of any column';
