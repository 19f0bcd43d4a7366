-- The log keeps every change, also one that arrives late.
insert into subscription_log (customer_key, channel, category, state, changed_at, source, wording)
select customer_key, channel, category, state, changed_at, source, wording from smc_new
order by changed_at;
