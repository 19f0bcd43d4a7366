-- The groups of codes of the project, and how many days a code lives after its issue; null: for ever.
create or replace temp table code_group as
select unnest($pools::varchar[]) as pool, unnest($lifetimes::integer[]) as lifetime
