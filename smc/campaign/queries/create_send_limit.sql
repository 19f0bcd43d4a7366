-- How many recipients a mailing may have in all when the messages of a step have been planned.
create or replace temp table send_limit as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($steps::integer[]) as step,
    unnest($rooms::integer[]) as room
