-- The ledger by feed. Rows read must be the sum of accepted, unchanged, rejected and duplicate ones.
select
    feed,
    count(*) as files,
    sum(case when state = 'refused' then 1 else 0 end) as refused,
    sum(rows_read) as rows_read, sum(rows_accepted) as rows_accepted, sum(rows_unchanged) as rows_unchanged,
    sum(rows_rejected) as rows_rejected, sum(rows_duplicate) as rows_duplicate,
    sum(rows_read - rows_accepted - rows_unchanged - rows_rejected - rows_duplicate) as missing,
    sum(case when state = 'loaded' then amount end) as amount
from import_file
where as_of <= $as_of
group by feed
order by feed
