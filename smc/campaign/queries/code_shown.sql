-- One code, with who has it.
select s.code, s.pool as "group", s.state, i.customer_id as customer, s.campaign, s.issued_on, s.expires_on, s.used_on
from code_state as s
left join customer_ident as i on i.customer_key = s.customer_key
where lower(s.code) = lower($code)
order by s.pool
