-- The changes that have been made.
delete from tag_change
where changed_on < $as_of
