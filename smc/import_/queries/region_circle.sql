-- Regions that are above themselves, or too deep.
select distinct region_id
from smc_region_tree
where depth >= $deepest or (depth > 0 and region_id = ancestor_id)
order by region_id;
