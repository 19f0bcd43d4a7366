-- When waits for a moment of the customer's clock end, by zone.
create or replace temp table moment as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($steps::integer[]) as step,
    unnest($zones::varchar[]) as zone,
    unnest($moments::timestamptz[]) as moment
