-- What campaigns do beside sending messages.

-- Code that a campaign gave to a customer
create table promocode_issue (
    entry_key varchar not null,   -- joins entry
    step integer not null,        -- number of the step; with the entry and the visit it is there once
    visit integer not null,       -- counts from 1
    campaign varchar not null,    -- id
    customer_key bigint not null, -- who
    pool varchar not null,        -- group of the code
    code varchar not null,        -- the code
    issued_on date not null,      -- as_of of the run
    expires_on date,              -- last day on which it can be used; null when it has none
    repeated boolean not null,    -- the customer had it already
    used_on date,                 -- first day of use; null while it is not used
    recognised boolean not null   -- the use was found on a receipt, no feed brought it
);

-- What a campaign wants done beside sending a message
create table task (
    task_key varchar not null,    -- hash of entry, step, visit, kind and target
    entry_key varchar not null,   -- joins entry
    campaign varchar not null,    -- id
    version integer not null,     -- version of the campaign
    step integer not null,        -- number of the step
    visit integer not null,       -- counts from 1
    customer_key bigint not null, -- who
    kind varchar not null,        -- points, bonuses, attribute, call, notify, webhook or poll
    target varchar not null,      -- bonus account, field, list of calls, person to notify, webhook or poll
    detail varchar not null,      -- what the step says: a JSON object
    planned_on date not null,     -- as_of of the run
    state varchar not null,       -- planned, suppressed, handed over, done or failed
    reason varchar,               -- why suppressed or failed
    text varchar,                 -- note, line of a notice or body of a webhook for this customer, made once
    batch varchar,                -- joins task_batch, when it goes with others
    attempts integer not null,    -- how often a webhook was tried
    next_at timestamptz           -- a webhook is not tried again before (UTC)
);

-- File or notice by which tasks are handed over together
create table task_batch (
    batch varchar not null,   -- key
    kind varchar not null,    -- accruals, calls or notices
    target varchar not null,  -- list of calls or person; accruals
    name varchar not null,    -- name of the file, or subject of the notice
    made_on date not null,    -- as_of of the run
    number integer not null,  -- of that day, counts from 1
    state varchar not null,   -- made, handed over, done or failed
    reason varchar            -- why failed
);

-- Ledger of the points and bonuses that campaigns gave
create table accrual (
    task_key varchar not null,      -- joins task
    customer_key bigint not null,   -- who
    kind varchar not null,          -- points or bonuses
    account varchar not null,       -- bonus account
    amount decimal(18, 2) not null, -- how much
    accrued_on date not null,       -- as_of of the run
    expires_on date                 -- last day on which they can be spent; null when there is none
);
