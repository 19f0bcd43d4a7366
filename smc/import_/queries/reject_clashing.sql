-- The same key with different values: which row is right cannot be known, so none is taken, unless one is preferred.
insert into smc_reject
select
    line, field, null, null,
    'the same key has different values in lines ' || array_to_string(lines[:10], ', ')
    || case when len(lines) > 10 then ', …' else '' end
    || case when taken is null then '' else '; line ' || taken || ' was taken, for ' || why end
from smc_skip
where clash;
