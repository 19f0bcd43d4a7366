-- How each campaign lets customers in: its present version, re-entry rule and control group.
create or replace temp table starting as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($kinds::varchar[]) as kind,
    unnest($versions::integer[]) as version,
    unnest($again_after::integer[]) as again_after, -- days since the last entry began, at least 1; null never
    unnest($control_buckets::integer[]) as control_buckets,
    unnest($salts::varchar[]) as salt
