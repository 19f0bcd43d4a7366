-- The tree as it is now.
insert into region_ancestor select region_id, ancestor_id, depth from smc_region_tree order by all;
