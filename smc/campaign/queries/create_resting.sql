-- Where those who walked tonight came to rest: at a step that is due later, or outside (step null).
create or replace temp table resting (entry_key varchar, step integer, due_on date, exit_reason varchar)
