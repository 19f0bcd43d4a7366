-- Groups and customers by what becomes of them.
select why, count(*), cast(sum(customers) as bigint) from smc_verdict group by why;
