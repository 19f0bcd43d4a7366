-- Files that are refused: tried again by every run, so one that was not tried when its feed last took anything has gone.
select feed, name as file, 'refused' as kind, reason, as_of as day
from (
    select *, max(as_of) over (partition by feed) as newest
    from import_file
    where as_of <= $as_of and part_of is null
)
where state = 'refused' and as_of = newest
union all
select feed, file, kind, reason, as_of from import_left where as_of <= $as_of and kind <> 'known'
order by feed, kind, file;
