-- How far those got who stood at a cascade tonight.
create or replace temp table tried (entry_key varchar, step integer, place integer, done boolean)
