-- The addresses of each recipient in his channel; this is the one place that says which address a channel takes: the
-- e-mail, a phone that is or may be mobile, or contact points. What is shown in the shop's own pages needs none. A call may
-- go to a landline too.
-- An address may be on the suppression list, for its channel or for all, and so may a customer. It then has several rows
-- when it is there several times.
create or replace temp table place as
with wanted as (
    select distinct customer_key, channel from recipient
),
found as (
    select w.customer_key, w.channel, lower(trim(c.email)) as address,
        cast(null as varchar) as messenger,
        coalesce(c.email_status, 0) < 30
        and regexp_full_match(trim(c.email), $email)
        and not regexp_matches(trim(c.email), '@.*[^.]{64}') -- a label has at most 63 letters
        and not regexp_matches(trim(c.email), '\.[0-9]+$') -- the last label is a number: no domain
        and length(trim(c.email)) <= 254
        and strpos(trim(c.email), '@') <= 65 as good
    from wanted as w
    join customer as c on c.customer_key = w.customer_key
    where w.channel = 'email' and c.email is not null
    union all
    select w.customer_key, w.channel, c.phone as address, cast(null as varchar) as messenger,
        coalesce(c.phone_status, 0) < 30
        and (
            coalesce(c.phone_type, 'mobile') in ('mobile', 'unknown')
            or (w.channel = 'call' and c.phone_type in ('landline', 'voip'))
        )
        and regexp_full_match(c.phone, '[+][1-9][0-9]{6,14}') as good
    from wanted as w
    join customer as c on c.customer_key = w.customer_key
    where w.channel in ('sms', 'viber', 'call') and c.phone is not null
    union all
    select w.customer_key, w.channel, p.address, case when w.channel = 'messenger' then p.channel end as messenger,
        coalesce(p.active, true) as good
    from wanted as w
    join contact_point as p on p.customer_key = w.customer_key
    where p.channel = w.channel
        or (w.channel = 'messenger' and not coalesce(p.channel in ('push', 'sms', 'viber', 'email'), false))
    union all
    select customer_key, channel, cast(null as varchar) as address, cast(null as varchar) as messenger, true as good
    from wanted
    where channel in ('in_app', 'popup')
)
select
    p.customer_key, p.channel, p.address, p.messenger, p.good,
    p.good and a.address is null and b.customer_key is null as usable
from found as p
left join suppression as a
    on a.address = p.address and coalesce(a.channel, p.channel) = p.channel and a.removed_at is null
left join suppression as b
    on b.customer_key = p.customer_key and coalesce(b.channel, p.channel) = p.channel and b.removed_at is null
