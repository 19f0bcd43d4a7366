-- New entries: a hit enters when this occurrence has not entered before and is none of those that must be newer and are
-- not, the re-entry rule allows it, and the customer is neither inside nor left today (a second run of the night must
-- find nobody). Of several hits of one customer the earliest enters; the others have their turn on a later day, while the
-- look-back reaches them and no audience of a day is frozen. Where stays may be concurrent all enter at once.
create or replace temp table newcomer as
with known as (
    select e.campaign, e.customer_key, max(e.entered_on) as last_entered,
        max(e.happened_at) as last_happened, max(e.exited_on) as last_left, count(*) - count(e.exited_on) as inside
    from entry as e
    join (select distinct campaign, customer_key from hit) as h
        on h.campaign = e.campaign and h.customer_key = e.customer_key
    group by e.campaign, e.customer_key
),
fresh as (
    select
        h.campaign, s.kind, s.version, h.customer_key, h.occurrence, i.customer_id, s.salt, s.control_buckets,
        s.control_tag, s.held_back,
        s.room, s.room_since, key_of(['entry', h.campaign, h.occurrence, i.customer_id]) as entry_key,
        s.at_once, h.happened_at, h.context,
        row_number() over (partition by h.campaign, h.customer_key order by h.happened_on, h.happened_at, h.occurrence) as nth
    from hit as h
    join starting as s on s.campaign = h.campaign
    join customer as c on c.customer_key = h.customer_key
    join customer_ident as i on i.customer_key = h.customer_key
    left join known as k on k.campaign = h.campaign and k.customer_key = h.customer_key
    left join entry as e
        on e.campaign = h.campaign and e.customer_key = h.customer_key and e.occurrence = h.occurrence
    where e.entry_key is null
        and (not s.newer or k.last_happened is null or h.happened_at > k.last_happened)
        and (
            k.customer_key is null
            or s.at_once
            or (
                (s.concurrent or (k.inside = 0 and k.last_left < $as_of))
                and k.last_entered + s.again_after <= $as_of
            )
        )
),
asking as (
    select *, row_number() over (partition by campaign order by entry_key) as place
    from fresh
    where nth = 1 or at_once
),
used as (
    select e.campaign, count(*) as entries
    from entry as e
    join starting as s on s.campaign = e.campaign and s.room is not null and e.entered_on >= s.room_since
    group by e.campaign
)
select
    a.entry_key, a.campaign, a.kind, a.version, a.customer_key, a.occurrence, $as_of as entered_on,
    case
        when bucket_of(a.salt, a.customer_id) < a.control_buckets then 'control'
        when t.customer_key is not null then 'control'
        when a.held_back and g.customer_key is not null then 'control'
        else 'test'
    end as arm,
    1 as step, cast(null as date) as exited_on, cast(null as varchar) as exit_reason, $now as due_at,
    a.happened_at, a.context, $now as entered_at, coalesce(a.happened_at, $now) as counts_from,
    coalesce(a.place > a.room - coalesce(u.entries, 0), false) as turned_away
from asking as a
left join used as u on u.campaign = a.campaign
left join tag_member as t on t.tag = a.control_tag and t.customer_key = a.customer_key
left join global_member as g on g.customer_key = a.customer_key
