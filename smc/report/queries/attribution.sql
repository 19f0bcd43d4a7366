-- Which message a receipt is attributed to. Each receipt counts once: the last touch before it wins, ties go to the
-- lower id. A touch is a message that was accepted or delivered, at the moment the outbox reported that (a letter that
-- left late earns nothing that was bought before it), or a message of a past mailing; its window is so many days that
-- begin with the day of the touch, cut at the last day of a past mailing, or the days that the settings say. Cancelled
-- receipts never count, and what is no receipt for one mailing is left to the touch before it.
with sent as (
    select kind, campaign, message_key, customer_key, coalesce(state_at, due_at) as sent_at
    from message
    where state in ('accepted', 'delivered')
), touch as (
    select
        s.kind, s.campaign, s.message_key as touch_key, s.customer_key,
        s.sent_at as touched_at, cast(s.sent_at as date) as touched_on,
        w.days, w.first_day as begins_on, w.last_day as ends_on, w.chosen
    from sent s
    join attribution_window w on w.kind = s.kind and w.campaign = s.campaign
    where cast(s.sent_at as date) <= $as_of
    union all
    select
        'past' as kind, p.mailing as campaign, p.mailing as touch_key, p.customer_key,
        cast(p.delivered_on as timestamptz) as touched_at, p.delivered_on as touched_on,
        cast($past_days as integer) as days, cast(null as date) as begins_on, g.ends_on, false as chosen
    from past_message p
    left join past_mailing g on g.mailing = p.mailing
    where p.delivered_on <= $as_of
), candidate as (
    select
        t.kind, t.campaign, t.customer_key, r.receipt_key, r.day, r.status, r.total,
        date_diff('day', t.touched_on, r.day) as days_after,
        row_number() over (
            partition by r.receipt_key order by t.touched_at desc, t.kind, t.campaign, t.touch_key
        ) as place
    from touch t
    join receipt r on r.customer_key = t.customer_key
    left join counted_receipt c on c.campaign = t.campaign and c.receipt_key = r.receipt_key
    where r.status <> 'cancelled'
        and r.day <= $as_of
        and r.purchased_at >= t.touched_at
        and (t.days is null or date_diff('day', t.touched_on, r.day) < t.days)
        and (t.begins_on is null or r.day >= t.begins_on)
        and (t.ends_on is null or r.day <= t.ends_on)
        and (not t.chosen or c.receipt_key is not null)
)
select kind, campaign, customer_key, receipt_key, day, status, total, days_after
from candidate
where place = 1
