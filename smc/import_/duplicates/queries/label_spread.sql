-- The smallest label of a link goes to all of its customers, and then that customer's own label: long chains end soon.
create or replace temp table smc_next as
select s.customer_key, min(least(s.label, coalesce(j.label, s.label))) as label
from (
    select l.customer_key, m.label
    from smc_link as l
    join (
        select k.link_no, min(b.label) as label
        from smc_link as k join smc_label as b on b.customer_key = k.customer_key
        where k.n <= $largest
        group by k.link_no
    ) as m on m.link_no = l.link_no
) as s
left join smc_label as j on j.customer_key = s.label
group by s.customer_key;
