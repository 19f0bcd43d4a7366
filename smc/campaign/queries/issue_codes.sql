-- Everyone who asks gets the code of his number, as far as there are codes; the last one again where that is wanted.
-- Who asks twice at once for the last one asks once. The key of an entry decides who comes first: a draw that stays.
insert into promocode_issue
select
    w.entry_key, w.step, 1 as visit, w.campaign, w.customer_key, w.pool, coalesce(w.last_code, f.code) as code,
    $as_of as issued_on,
    case
        when w.last_code is not null then w.last_expires_on
        when w.lifetime is null then f.valid_to
        when f.valid_to < $as_of + w.lifetime then f.valid_to
        else $as_of + w.lifetime
    end as expires_on,
    w.last_code is not null as repeated, null as used_on, false as recognised
from (
    select *, dense_rank() over (partition by pool, last_code is null order by asker) as nth
    from code_wish
) as w
left join free_code as f on f.pool = w.pool and f.nth = w.nth and w.last_code is null
where w.last_code is not null or f.code is not null
