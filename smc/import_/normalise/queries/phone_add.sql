-- Phones that were read one by one
insert into smc_phone
select unnest($c0::varchar[]), unnest($c1::varchar[]), unnest($c2::varchar[]), unnest($c3::varchar[]),
    unnest($c4::smallint[]), unnest($c5::varchar[]), unnest($c6::varchar[])
