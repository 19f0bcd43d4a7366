-- Customers with messages that campaigns planned on a day or later; changes of their state are noted when they are read.
select customer_key from message where planned_on >= $since
