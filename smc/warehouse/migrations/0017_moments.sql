-- Steps of campaigns are due at moments, not on days.

alter table entry add column due_at timestamptz; -- when the step is due (UTC)
update entry set due_at = cast(due_on as timestamptz);
alter table entry drop column due_on;
alter table customer_merge_entry add column due_at timestamptz; -- when that step was due (UTC)
update customer_merge_entry set due_at = cast(due_on as timestamptz);
alter table customer_merge_entry drop column due_on;

-- Who passed a limit of a campaign
create table limit_use (
    campaign varchar not null,     -- id
    name varchar not null,         -- of the limit
    entry_key varchar not null,    -- who passed; joins entry
    step integer not null,         -- at which step
    used_on date not null          -- as_of of the run
);
