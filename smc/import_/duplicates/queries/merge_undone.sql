-- The log keeps the merge and says when it was undone.
update customer_merge set undone_on = $as_of where merge_no = $merge_no;
