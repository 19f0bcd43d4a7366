-- Fields of the shop's own for the objects that had none.

alter table category add column custom map(varchar, varchar); -- custom fields by name, as text in canonical form
alter table region add column custom map(varchar, varchar); -- custom fields by name, as text in canonical form
alter table card add column custom map(varchar, varchar); -- custom fields by name, as text in canonical form
alter table contact_point add column custom map(varchar, varchar); -- custom fields by name, as text in canonical form
alter table promocode add column custom map(varchar, varchar); -- custom fields by name, as text in canonical form
alter table bonus_balance add column custom map(varchar, varchar); -- custom fields by name, as text in canonical form
alter table container add column custom map(varchar, varchar); -- custom fields by name, as text in canonical form
