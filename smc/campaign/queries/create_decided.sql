-- Labels other than next; why is told where somebody leaves for a reason of its own.
create or replace temp table decided (entry_key varchar, label varchar, why varchar)
