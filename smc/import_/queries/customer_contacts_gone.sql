-- Push tokens and messenger ids of customers whose profile went.
delete from contact_point as p using smc_gone as g where p.customer_key = g.customer_key;
