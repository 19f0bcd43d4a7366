-- Each category with itself and all above it, as it is now; stops at a depth that no real tree has.
create or replace temp table smc_tree as
with recursive up as (
    select category_key, category_key as ancestor_key, 0 as depth from category_ident
    union all
    select u.category_key, c.parent_key, u.depth + 1
    from up as u
    join category as c on c.category_key = u.ancestor_key
    where c.parent_key is not null and u.depth < $deepest
)
select category_key, ancestor_key, depth from up;
