-- Changes of named lists that campaigns asked for before a file came which names the customer, or is the whole list.
delete from tag_change as c
using (
    select distinct coalesce(a.survivor_key, l.customer_key) as customer_key, l.tag
    from smc_listed as l
    left join customer_alias as a on a.merged_key = l.customer_key
) as f
where f.tag = c.tag and (cast($whole as boolean) or f.customer_key = c.customer_key) and c.changed_on <= $as_of
