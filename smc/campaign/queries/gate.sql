-- Every candidate with its key, times, and the first reason not to send it; null is none so far.
-- A category that needs a yes is refused without one; a category that may be refused only by a no.
create or replace temp table gated as
select
    key_of([k.entry_key, cast(k.step as varchar), '1', $channel]) as message_key,
    k.*, $channel as channel, v.category, v.priority,
    cast($day + cast(v.send_at as time) as timestamptz) as at_day,
    cast($day + 1 + cast(v.send_at as time) as timestamptz) as at_next_day,
    case
        when k.arm = 'control' then 'control_group'
        when not c.active then 'inactive'
        when list_contains($needs_yes::varchar[], v.category) and coalesce(s.state, 'unknown') <> 'yes' then 'consent'
        when list_contains($heeds_no::varchar[], v.category) and coalesce(s.state, 'unknown') = 'no' then 'consent'
        when
            not coalesce(regexp_full_match(trim(c.email), $address), false)
            or regexp_matches(trim(c.email), '\.[0-9]+$') -- the last label is a number: no domain
            or length(trim(c.email)) > 254
            or strpos(trim(c.email), '@') > 65
            then 'address'
    end as reason
from candidate as k
join version_setting as v on v.campaign = k.campaign and v.version = k.version
join customer as c on c.customer_key = k.customer_key
left join subscription as s
    on s.customer_key = k.customer_key and s.channel = $channel and s.category = v.category
left join message as e on e.entry_key = k.entry_key and e.step = k.step and e.channel = $channel
where e.message_key is null
