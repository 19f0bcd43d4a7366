-- Every product that has a brand, with the brand's place in the order of the names.
select product_key, brand, cast(dense_rank() over (order by brand) as integer) as place
from product
where brand is not null
