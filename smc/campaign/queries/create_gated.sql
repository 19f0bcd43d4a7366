-- The moment each message is due: in the first slot from the wanted moment on, if that is before it expires. What may
-- only go out on its day ends with it, or with the slot; what is to be sent nevertheless waits for the end of quiet hours alone.
create or replace temp table gated as
with found as (
    select
        j.*,
        least(coalesce(j.until_at, j.wanted_at + to_days(j.lifetime)), j.wanted_at + to_minutes(j.minutes)) as last_at,
        case when j.schedule is null or f.opens_at < j.wanted_at then j.wanted_at else f.opens_at end as slot_at,
        f.closes_at as slot_ends_at,
        case when j.awake is null or b.opens_at < j.wanted_at then j.wanted_at else b.opens_at end as awake_at,
        b.closes_at as awake_ends_at
    from judged as j
    left join first_slot as f on f.schedule = j.schedule and f.zone = j.zone and f.wanted_at = j.wanted_at
    left join first_slot as b on b.schedule = j.awake and b.zone = j.zone and b.wanted_at = j.wanted_at
),
today as (
    select *, coalesce(slot_at < day_ends_at, false) as in_time from found
),
chosen as (
    select
        *,
        case when if_missed = 'next' or in_time then slot_at when if_missed = 'send' then awake_at end as found_at,
        case when if_missed = 'send' and not in_time then awake_ends_at else slot_ends_at end as ends_at
    from today
)
select
    message_key, entry_key, campaign, kind, version, customer_key, arm, step, channel, template, category, priority,
    zone, again,
    case when found_at < last_at then found_at else wanted_at end as due_at,
    case when found_at < last_at then ends_at end as closes_at,
    case when if_missed = 'skip' then least(last_at, day_ends_at, ends_at) else last_at end as expires_at,
    case when reason is not null then reason when found_at is null or found_at >= last_at then 'window' end as reason,
    cast(null as varchar) as lost_to
from chosen
