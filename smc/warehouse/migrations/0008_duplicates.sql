-- Customers who came under several ids: which of them were found to be one, and all that is needed to part them again.

-- Merge of a customer into another; a row stays when the merge is undone
create table customer_merge (
    merge_no bigint not null,     -- our number, in the order in which they were done
    rule varchar not null,        -- rule of duplicates.yaml, or by hand
    signs varchar[] not null,     -- what agreed: card, phone, birth_date, …; never the values
    merged_key bigint not null,   -- joins customer_ident: who was merged
    survivor_key bigint not null, -- joins customer_ident: into whom
    as_of date not null,          -- run that did it
    undone_on date                -- as_of of the command that undid it; null while it holds
);

-- Where rows that name a merged id go; merges of merges are followed to their end
create table customer_alias (
    merged_key bigint not null,  -- joins customer_ident: the id that rows may still name
    survivor_key bigint not null -- joins customer_ident: whose rows they are
);

-- Row of a survivor that was given under a merged id, before or after the merge; undoing takes it back
create table customer_moved (
    table_name varchar not null, -- table of the row
    row_key varchar not null,    -- its key as text
    given_key bigint not null    -- joins customer_ident: the id it was given under
);

-- Stay in a campaign that a merge ended, because the survivor is there himself
create table customer_merge_entry (
    merged_key bigint not null, -- joins customer_ident: who was merged
    entry_key varchar not null, -- joins entry
    step integer,               -- number of the step where he stood
    due_on date                 -- day when that step was due
);

-- Former holder of a loyalty card that another customer has now
create table card_former (
    card_id varchar not null,     -- joins card
    customer_key bigint not null, -- who had it
    until date not null           -- as_of of the run that saw it with another
);
