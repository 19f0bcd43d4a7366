-- The tree is rebuilt as a whole: it is small.
delete from region_ancestor;
