-- Who was drawn today and is not any more was never in the group.
delete from control_member
where control_group = $name and starts_on = $as_of and ends_on < starts_on
