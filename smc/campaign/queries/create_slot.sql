-- Spans of time in which messages may go out, by schedule and zone.
create or replace temp table slot as
select
    unnest($schedules::varchar[]) as schedule,
    unnest($zones::varchar[]) as zone,
    unnest($opens_at::timestamptz[]) as opens_at,
    unnest($closes_at::timestamptz[]) as closes_at -- itself not included
