-- The variants of every mailing text that has a winner.
create or replace temp table contest as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($steps::integer[]) as step,              -- where the rest learns who has won
    unnest($places::integer[]) as place,            -- in the order of the text, from 0
    unnest($variants::varchar[]) as variant,
    unnest($tried_steps::integer[]) as tried_step,  -- the message by which it is tried
    unnest($measures::varchar[]) as measure,
    unnest($at_least::integer[]) as at_least        -- recipients that each must have had
