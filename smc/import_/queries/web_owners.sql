-- Whose each event of these visitors is: the customer it names, or the one whom the visitor's next named event names,
-- within so many days. Only events up to the last of the file can have got another owner.
create or replace temp table smc_owner as
select id, customer_key, owner_key
from (
    select
        id, occurred_at, customer_key,
        case
            when given_key is not null then given_key
            when next_at <= occurred_at + to_days($days) then next_key
        end as owner_key
    from (
        select
            rowid as id, occurred_at, given_key, customer_key,
            first_value(given_key ignore nulls) over upcoming as next_key,
            first_value(case when given_key is not null then occurred_at end ignore nulls) over upcoming as next_at
        from web_event
        where visitor in (select visitor from smc_visitor)
            and occurred_at between $first - to_days($days) and $last + to_days($days)
        window upcoming as (
            partition by visitor order by occurred_at, given_key nulls first, event_id
            rows between current row and unbounded following
        )
    )
)
where occurred_at <= $last and owner_key is distinct from customer_key;
