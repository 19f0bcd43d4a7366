-- Rejected rows that a person has corrected are no longer open.

alter table reject_row add column replayed_by bigint; -- the file that brought the row again, taken or rejected anew; null while it is open
