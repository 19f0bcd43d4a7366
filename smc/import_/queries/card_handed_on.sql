-- Cards that another customer has now: the same card under several ids is the strongest sign that they are one.
insert into card_former
select o.card_id, o.customer_key, $as_of
from smc_old as o
join smc_changed as n on n.card_id = o.card_id
where o.customer_key is not null and n.customer_key is not null and n.customer_key <> o.customer_key;
