-- Whether there are category ids that the tree does not have yet.
select (select count(*) from category_ident) <> (select count(*) from category_ancestor where depth = 0);
