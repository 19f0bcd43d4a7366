-- Each region with itself and all above it, as it is now; stops at a depth that no real tree has.
create or replace temp table smc_region_tree as
with recursive up as (
    select region_id, region_id as ancestor_id, 0 as depth from region
    union all
    select u.region_id, r.parent_id, u.depth + 1
    from up as u
    join region as r on r.region_id = u.ancestor_id
    where r.parent_id is not null and u.depth < $deepest
)
select region_id, ancestor_id, depth from up;
