-- What the loaded files brought in all, by the objects that their rows carry; the feed stands for a file without parts.
with carried as (
    select file_key, string_agg(distinct object, '+' order by object) as objects
    from import_part
    group by file_key
)
select
    coalesce(c.objects, f.feed) as objects, sum(f.rows_read), sum(f.rows_accepted), sum(f.rows_unchanged),
    sum(f.rows_rejected), sum(f.rows_duplicate), coalesce(sum(f.amount), 0)
from import_file as f
left join carried as c on c.file_key = f.file_key
where f.state = 'loaded'
group by coalesce(c.objects, f.feed)
order by 1
