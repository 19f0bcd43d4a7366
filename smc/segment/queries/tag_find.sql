-- Each customer and list once; an id that was merged into another means the survivor.
create or replace temp table tag_found as
select distinct coalesce(a.survivor_key, i.customer_key) as customer_key, w.tag
from tag_wanted as w
join customer_ident as i on i.customer_id = w.customer_id
left join customer_alias as a on a.merged_key = i.customer_key
