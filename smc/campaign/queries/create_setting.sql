-- What the engine needs to know of a version beside its steps.
create or replace temp table version_setting as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($categories::varchar[]) as category,
    unnest($priorities::integer[]) as priority,
    unnest($send_at::varchar[]) as send_at,
    unnest($clocks::varchar[]) as clock,        -- project or customer: whose clock send_at means
    unnest($held_back::boolean[]) as held_back, -- the global control group gets nothing
    unnest($control_tags::varchar[]) as control_tag, -- nor do those on this list
    unnest($minutes::integer[]) as minutes      -- so long a message lives at most; null: as its channel says
