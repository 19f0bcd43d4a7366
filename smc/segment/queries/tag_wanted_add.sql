-- Some more rows of what a person asked for.
insert into tag_wanted
select unnest($lines::bigint[]) as line, unnest($ids::varchar[]) as customer_id, unnest($tags::varchar[]) as tag
