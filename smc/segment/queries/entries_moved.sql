-- Customers who entered or left campaigns on a day or later.
select customer_key from entry where entered_on >= $since or exited_on >= $since
