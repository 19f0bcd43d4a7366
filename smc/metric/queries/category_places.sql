-- Every category with its place in the order of the ids, so that a tie does not hang on the order of import.
select category_key, cast(row_number() over (order by category_id) as integer) as place
from category_ident
