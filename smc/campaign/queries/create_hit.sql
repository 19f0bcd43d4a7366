-- Everyone whom a trigger found in its days; most of them have entered before.
create or replace temp table hit (
    campaign varchar, customer_key bigint, occurrence varchar, happened_on date, happened_at timestamptz,
    context varchar
)
