-- The steps of every version that is current or still has customers inside; the engine reads nothing else.
create or replace temp table program as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($steps::integer[]) as step,
    unnest($actions::varchar[]) as action,
    unnest($channels::varchar[]) as channel,      -- of steps that send a message
    unnest($arguments::varchar[]) as argument,
    unnest($due_at::timestamptz[]) as due_at,    -- when whoever goes on from here is due; null: at once
    unnest($rooms::integer[]) as room,           -- customers that a limit lets through
    unnest($rooms_since::date[]) as room_since,  -- first day of the period in which they are counted
    unnest($details::varchar[]) as detail        -- what else an effect has to know
