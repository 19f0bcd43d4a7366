-- Some of them, with their lines.
insert into code_given
select unnest($numbers::bigint[]) as line, unnest($codes::varchar[]) as code
