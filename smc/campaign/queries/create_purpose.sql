-- What ends stays early, of a version, and what campaigns are for, of all of their versions: a rule, a row, or both.
create or replace temp table purpose as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,  -- null: every one
    unnest($goals::boolean[]) as goal,        -- else what ends a stay
    unnest($rules::varchar[]) as rule,
    unnest($watches::varchar[]) as watch,
    unnest($exits::boolean[]) as lets_out,
    unnest($days::integer[]) as days          -- so many after the entry a goal counts
