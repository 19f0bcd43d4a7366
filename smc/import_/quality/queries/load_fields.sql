-- The fields of the last load of each feed beside the loads before it, and beside the older half of those.
select
    l.feed, f.field, sum(f.rows_good) filter (where l.place = 1) as good, sum(f.filled) filter (where l.place = 1) as filled,
    sum(f.invalid) filter (where l.place = 1) as invalid, sum(f.fresh) filter (where l.place = 1) as fresh,
    sum(f.rows_good) filter (where l.place > 1) as good_before, sum(f.filled) filter (where l.place > 1) as filled_before,
    sum(f.rows_good) filter (where l.place - 1 > l.before / 2) as good_first,
    sum(f.filled) filter (where l.place - 1 > l.before / 2) as filled_first,
    sum(f.fresh) filter (where l.place > 1) as fresh_before,
    sum(f.rows_good) filter (where l.place > 1 and f.fresh is not null) as fresh_rows_before
from import_field as f
join smc_last_load as l on l.file_key = f.file_key
group by l.feed, f.field
having count(*) filter (where l.place = 1) > 0
order by l.feed, f.field;
