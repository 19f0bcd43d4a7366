-- Domains that were looked at
insert into smc_domain
select unnest($names::varchar[]), unnest($ascii::varchar[]), unnest($longest::integer[]),
    unnest($providers::varchar[]), unnest($suggestions::varchar[])
