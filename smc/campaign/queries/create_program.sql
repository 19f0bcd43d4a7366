-- Empty table of steps.
create or replace temp table program (
    campaign varchar, version integer, step integer, action varchar, argument varchar, days integer,
    next_step integer, next_reason varchar, else_step integer, else_reason varchar
)
