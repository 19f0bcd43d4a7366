-- Messages that may or may not have left, to whoever is control by now or was let out of his stay: they are not sent again.
select m.message_key, coalesce(n.reason, 'exited') as reason
from message as m
left join control_now as n
    on n.campaign = m.campaign and n.version = m.version and n.customer_key = m.customer_key
left join entry as e
    on e.entry_key = m.entry_key and e.exited_on is not null
    and e.exit_reason in ('goal reached', 'exit condition', 'exit condition no longer valid')
where m.state = 'unknown' and (n.reason is not null or e.entry_key is not null)
