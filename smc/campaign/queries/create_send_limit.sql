-- How many recipients a mailing may have when the messages of a step have been planned: of this step where a variant is
-- tried, else in all.
create or replace temp table send_limit as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($steps::integer[]) as step,
    unnest($rooms::integer[]) as room,
    unnest($alone::boolean[]) as alone    -- the room is that of the step alone
