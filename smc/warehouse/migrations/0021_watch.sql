-- Rows that campaigns wait for, and since when somebody waits.

alter table entry add column entered_at timestamptz; -- instant of the run in which he entered (UTC); null in older entries
alter table entry add column waiting_since timestamptz; -- since when he waits for a row (UTC); null: for none
alter table entry add column goal_at timestamptz; -- when he reached the goal of the campaign (UTC); null: not yet

-- Row that a campaign waits for, of the last days; found anew in every night
create table watch_row (
    watch varchar not null,        -- hash of what the row must be
    customer_key bigint not null,  -- whose
    row_key varchar not null,      -- tells the row apart from others of the customer for ever: id of the receipt, order, event, …
    happened_at timestamptz,       -- instant (UTC); null where its day alone is known
    day date not null,             -- local day
    context varchar not null       -- the fields of the row: a JSON object
);
