-- What metrics read differently now than when they were last computed, and what is new or gone.
select coalesce(n.dimension, o.dimension) as dimension, coalesce(n.id, o.id) as id
from metric_dimension_now as n
full join (select dimension, id, value from metric_dimension where dimension in $used) as o
    on o.dimension = n.dimension and o.id = n.id
where n.value is distinct from o.value
