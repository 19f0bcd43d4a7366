-- Who is not where the last message of his stay should be. What may have arrived was sent, and so was what is on its way: it
-- may leave at any time, also when a cascade took it back and the outbox has not answered yet. Of a cascade any of its
-- messages counts. Control customers go the way of those whose message was sent.
insert into decided
with known as (
    select
        s.entry_key, m.step,
        max(
            case
                when s.arm = 'control' then 1
                when m.state in ('planned', 'queued', 'accepted', 'delivered', 'bounced', 'unknown') then 1
                when m.reason = 'cascade' and m.state_at is null then 1
                else 0
            end
        ) as sent,
        max(case when m.state in ('failed', 'expired') then 1 else 0 end) as failed,
        max(case when m.state = 'suppressed' then 1 else 0 end) as suppressed,
        row_number() over (partition by s.entry_key order by m.step desc) as place
    from standing as s
    join message as m on m.entry_key = s.entry_key and m.step < s.step
    where s.action = 'message_status'
    group by s.entry_key, m.step
)
select s.entry_key, 'otherwise' as label, null as why
from standing as s
left join known as k on k.entry_key = s.entry_key and k.place = 1
where s.action = 'message_status'
    and case
        when s.argument = 'sent' then coalesce(k.sent, 0) = 0
        when s.argument = 'failed' then coalesce(k.failed, 0) = 0 or k.sent = 1
        else coalesce(k.suppressed, 0) = 0 or k.sent = 1 or k.failed = 1
    end
