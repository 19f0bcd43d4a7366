-- When messages of a version may go out in each channel.
create or replace temp table timing as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($channels::varchar[]) as channel,
    unnest($schedules::varchar[]) as schedule,  -- joins slot; null: at any time
    unnest($awake::varchar[]) as awake,         -- its quiet hours alone, joins slot; null: none
    unnest($windowed::boolean[]) as windowed,   -- the schedule has windows
    unnest($if_missed::varchar[]) as if_missed  -- next, skip or send
