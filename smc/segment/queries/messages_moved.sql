-- Customers with messages that were planned or left on a day or later; changes of their state are noted when they are read.
select customer_key from message where planned_on >= $since or left_on >= $since
