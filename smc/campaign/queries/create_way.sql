-- Where customers go from each step, by label; no step is the way out, with its reason.
create or replace temp table way as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($steps::integer[]) as step,
    unnest($labels::varchar[]) as label,
    unnest($targets::integer[]) as to_step,
    unnest($reasons::varchar[]) as reason
