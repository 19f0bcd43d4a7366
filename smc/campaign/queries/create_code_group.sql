-- The groups of codes of the project, how many days a code lives after its issue (null: for ever), and
-- how many days behind the day on which it is given it must be valid at least.
create or replace temp table code_group as
select unnest($pools::varchar[]) as pool, unnest($lifetimes::integer[]) as lifetime,
    unnest($at_least::integer[]) as at_least
