-- What held before them.
insert into subscription select * from permission_then
