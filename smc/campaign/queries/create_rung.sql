-- The messages of cascades, in the order in which they are tried.
create or replace temp table rung as
select
    unnest($campaigns::varchar[]) as campaign,
    unnest($versions::integer[]) as version,
    unnest($steps::integer[]) as step,
    unnest($places::integer[]) as place,       -- counts from 1
    unnest($channels::varchar[]) as channel,
    unnest($templates::varchar[]) as template, -- empty: words of the step
    unnest($minutes::integer[]) as minutes,    -- so long it is waited for
    unnest($lasts::boolean[]) as final         -- nothing is tried behind it
