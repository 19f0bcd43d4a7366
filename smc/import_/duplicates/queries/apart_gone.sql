-- Profiles that were kept as they would be without merges go with the profile of their survivor.
delete from apart_customer as p
where p.customer_key in (select customer_key from smc_gone)
    or p.customer_key in (
        select a.merged_key from customer_alias as a semi join smc_gone as g on g.customer_key = a.survivor_key
    );
