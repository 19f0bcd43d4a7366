-- Named lists keep who was in them, so that any past day can be asked, and every change by a person leaves a row.
-- A customer is in a list on a day when tag_member has him since then or before, or a stay in tag_past covers the day.
-- Whose lists changed since a day D, that day included: added_on >= D in tag_member, removed_on >= D in tag_past.

-- Stay of a customer in a named list that has ended
create table tag_past (
    customer_key bigint not null, -- who
    tag varchar not null,         -- name of the list
    added_on date not null,       -- first day of the stay
    removed_on date not null,     -- first day without it; the same day when it was taken back at once
    source varchar not null,      -- what added: feed, campaign, or 'command N'
    removed_by varchar not null   -- what took out: import, campaign, or 'command N'
);

-- Change of named lists by a person; the stays of customers name its number
create table tag_command (
    command_no bigint not null,    -- our number, in the order in which they were done
    command varchar not null,      -- add, remove, import or from-segment
    detail varchar,                -- file or segment that the customers came from
    person varchar not null,       -- who gave the command, as the machine knows him
    as_of date not null,           -- day of the command
    done_at timestamptz not null,  -- when (UTC)
    added bigint not null,         -- customers put into a list
    removed bigint not null,       -- customers taken out
    unchanged bigint not null,     -- customers who were as asked for already
    refused bigint not null        -- rows with an unknown customer or a tag that is not declared
);
