-- The tree as it is now.
insert into category_ancestor select category_key, ancestor_key, depth from smc_tree order by all;
