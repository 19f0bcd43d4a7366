-- Candidates of this turn that found room take it.
insert into taken
select q.customer_key, q.cap_no, q.campaign, q.place
from asking as q
join gated as g on g.message_key = q.message_key and g.reason is null
where q.turn = $turn
