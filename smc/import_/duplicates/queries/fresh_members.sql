-- Customers of the round who were in no merge before: what they have is kept as it is.
create or replace temp table smc_fresh as
select key as customer_key
from (select merged_key as key from smc_pair union select survivor_key from smc_pair)
where key not in (select merged_key from customer_alias) and key not in (select survivor_key from customer_alias);
