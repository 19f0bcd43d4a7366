-- Customers whose label is another now.
select count(*) from smc_next as n join smc_label as l on l.customer_key = n.customer_key where n.label <> l.label;
