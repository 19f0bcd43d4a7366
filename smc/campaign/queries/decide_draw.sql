-- Arms of splits and control groups: a function of the salt and the customer's id alone.
insert into decided
select s.entry_key, p.label, null as why
from standing as s
join customer_ident as i on i.customer_key = s.customer_key
join part as p
    on p.campaign = s.campaign and p.version = s.version and p.step = s.step
    and bucket_of(s.argument, i.customer_id) >= p.low and bucket_of(s.argument, i.customer_id) < p.high
where s.action in ('split', 'control')
