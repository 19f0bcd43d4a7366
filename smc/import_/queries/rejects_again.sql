-- Rejects that were saved over a rollback.
insert into smc_reject
select unnest(cast($line as bigint[])), unnest(cast($field as varchar[])), unnest(cast($column as varchar[])),
    unnest(cast($value as varchar[])), unnest(cast($reason as varchar[]));
