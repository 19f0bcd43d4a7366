-- What becomes of each group; why is null when it can be merged.
create or replace temp table smc_verdict as
select
    g.group_no, g.customers,
    case
        when g.group_no < 0 or g.customers > $largest then 'too_large'
        when c.group_no is not null then 'conflict'
        when a.group_no is not null then 'apart'
    end as why,
    l.rules, l.signs
from (select group_no, count(*) as customers from smc_group group by group_no) as g
join (
    select
        group_no, list_sort(list_distinct(list(rule))) as rules,
        list_sort(list_distinct(flatten(list(signs)))) as signs
    from (
        select b.label as group_no, k.rule, k.signs
        from smc_link as k join smc_label as b on b.customer_key = k.customer_key
        where k.n <= $largest
        union all
        select -link_no, rule, signs from smc_link where n > $largest
    )
    group by group_no
) as l on l.group_no = g.group_no
left join smc_conflict as c on c.group_no = g.group_no
left join smc_apart as a on a.group_no = g.group_no;
