-- Every planned message with address, consent and scores; the outbox waits for due_at; columns of templates are added.
select
    g.message_key, g.campaign, g.version, g.step, g.channel, g.category, g.template, g.due_at, g.expires_at, g.closes_at,
    g.customer_key, i.customer_id, c.email, s.state as consent,
    coalesce(not c.active, false) as inactive, b.message_key is not null as blocked,
    q.code as promocode, q.expires_on as promocode_until,
    e.context as "trigger",
    r.recency as "rfm.recency", r.frequency as "rfm.frequency", r.monetary as "rfm.monetary", r.cell as "rfm.cell"
from message as g
inner join customer_ident as i on i.customer_key = g.customer_key
left join blocked_message as b on b.message_key = g.message_key
left join customer as c on c.customer_key = g.customer_key
left join customer_metric as m on m.customer_key = g.customer_key
left join customer_activity as a on a.customer_key = g.customer_key
left join custom_metric as x on x.customer_key = g.customer_key
left join customer_prediction as p on p.customer_key = g.customer_key
left join rfm as r on r.customer_key = g.customer_key
left join entry as e on e.entry_key = g.entry_key
left join subscription as s
    on s.customer_key = g.customer_key and s.channel = g.channel and s.category = g.category
left join $codes as q on q.message_key = g.message_key
where g.state = 'planned' and g.arm <> 'control' and g.channel = coalesce($channel, g.channel)
order by g.customer_key, g.message_key
