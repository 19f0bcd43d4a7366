-- How each campaign lets customers in: its present version, re-entry rule, control group and room.
create or replace temp table starting as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($kinds::varchar[]) as kind,
    unnest($versions::integer[]) as version,
    unnest($again_after::integer[]) as again_after, -- days since the last entry began, at least 1; null never
    unnest($concurrent::boolean[]) as concurrent,   -- who is inside may enter once more
    unnest($at_once::boolean[]) as at_once,         -- all hits of a customer enter
    unnest($control_buckets::integer[]) as control_buckets,
    unnest($salts::varchar[]) as salt,
    unnest($control_tags::varchar[]) as control_tag, -- who is on this list is control too
    unnest($held_back::boolean[]) as held_back,      -- the global control group is
    unnest($rooms::integer[]) as room,              -- entries in the period that begins on room_since; null: no limit
    unnest($rooms_since::date[]) as room_since,
    unnest($newer::boolean[]) as newer              -- what let him in last must have happened before
