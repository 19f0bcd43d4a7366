-- The channels of the project, and how many days a message may wait there.
create or replace temp table channel_setting as
select
    unnest($channels::varchar[]) as channel,
    unnest($lifetimes::integer[]) as lifetime
