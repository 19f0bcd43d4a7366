-- The last load of each feed beside those before it.
select
    feed, max(name) filter (where place = 1) as file, max(as_of) filter (where place = 1) as day,
    bool_or(changed) filter (where place = 1) as changed, max(before) as before,
    max(rows_read) filter (where place = 1) as rows, median(rows_read) filter (where place > 1) as usual_rows,
    max(rows_rejected) filter (where place = 1) as rejected,
    100.0 * sum(rows_rejected) filter (where place > 1) / nullif(sum(rows_read) filter (where place > 1), 0)
        as usual_rejected
from smc_last_load
group by feed
order by feed;
