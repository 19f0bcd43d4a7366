-- New entries: a hit enters when this occurrence has not entered before, the customer is neither inside nor left
-- today (a second run of the night must find nobody), and the re-entry rule allows it. Of several hits of one
-- customer the earliest enters; the others have their turn on a later day.
create or replace temp table newcomer as
with known as (
    select e.campaign, e.customer_key, max(e.entered_on) as last_entered,
        max(e.exited_on) as last_left, count(*) - count(e.exited_on) as inside
    from entry as e
    join (select distinct campaign, customer_key from hit) as h
        on h.campaign = e.campaign and h.customer_key = e.customer_key
    group by e.campaign, e.customer_key
),
fresh as (
    select
        h.campaign, s.kind, s.version, h.customer_key, h.occurrence, i.customer_id, s.salt, s.control_buckets,
        key_of(['entry', h.campaign, h.occurrence, i.customer_id]) as entry_key,
        row_number() over (partition by h.campaign, h.customer_key order by h.happened_on, h.occurrence) as nth
    from hit as h
    join starting as s on s.campaign = h.campaign
    join customer as c on c.customer_key = h.customer_key
    join customer_ident as i on i.customer_key = h.customer_key
    left join known as k on k.campaign = h.campaign and k.customer_key = h.customer_key
    left join entry as e
        on e.campaign = h.campaign and e.customer_key = h.customer_key and e.occurrence = h.occurrence
    where e.entry_key is null
        and (
            k.customer_key is null
            or (k.inside = 0 and k.last_left < $as_of and k.last_entered + s.again_after <= $as_of)
        )
)
select
    entry_key, campaign, kind, version, customer_key, occurrence, $as_of as entered_on,
    case when bucket_of(salt, customer_id) < control_buckets then 'control' else 'test' end as arm,
    1 as step, $as_of as due_on, cast(null as date) as exited_on, cast(null as varchar) as exit_reason
from fresh
where nth = 1
