-- Ranges of buckets of splits and control groups.
create or replace temp table part as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($steps::integer[]) as step,
    unnest($lows::integer[]) as low,   -- included
    unnest($highs::integer[]) as high, -- not included
    unnest($labels::varchar[]) as label
