-- Sets of customers who share a value, when not all of them are in one group already.
create or replace temp table smc_weak as
with one as (
    select s.sign, s.same_no, s.customer_key, l.label
    from smc_same as s left join smc_label as l on l.customer_key = s.customer_key
    where s.sign in ('card', 'phone', 'email')
),
wanted as (
    select sign, same_no, list_sort(list(customer_key)) as customers
    from one
    group by sign, same_no
    having count(distinct label) > 1 or count(*) > count(label)
)
select
    (select coalesce(max(group_no), 0) from smc_group) + row_number() over (order by customers) as group_no,
    customers, list_sort(list(sign)) as signs
from wanted
where customers not in (select list_sort(list(customer_key)) from smc_group group by group_no)
group by customers;
