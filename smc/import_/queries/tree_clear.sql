-- The tree is rebuilt as a whole: it is small.
delete from category_ancestor;
