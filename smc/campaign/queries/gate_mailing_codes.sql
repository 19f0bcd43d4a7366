-- Recipients of mailings for whom no code was left, or whose code is over on the day on which the letter is due.
update gated as g
set reason = 'no_promocode'
from mailing_code as c
where g.reason is null and not g.again
    and c.campaign = g.campaign and c.version = g.version and c.step = g.step
    and not exists (
        select 1
        from promocode_issue as i
        where i.entry_key = g.entry_key and i.step = g.step - 1
            and coalesce(i.expires_on >= cast(g.due_at as date), true)
    )
