-- Variants of mailings, and which one the rest of the audience got.

-- Figures of a variant when the winner was chosen
create table variant_score (
    campaign varchar not null,    -- id of the mailing
    version integer not null,     -- version of the mailing
    variant varchar not null,     -- name
    measure varchar not null,     -- by which the winner was chosen: revenue, receipts, buyers, unsubscribed or bounced
    recipients bigint not null,   -- who had got it by then
    score double,                 -- the measure per recipient; null: it had none
    won boolean not null,         -- the rest of the audience gets it
    reason varchar not null,      -- best, tie (the first of the best ones was taken) or too few (the first one was taken)
    decided_on date not null      -- as_of of the run
);

-- Copy of a letter for somebody of the shop, who is no recipient
create table watcher_copy (
    copy_key varchar not null,    -- hash of mailing, version, step and person; the outbox knows it by this key
    campaign varchar not null,    -- id of the mailing
    version integer not null,     -- version of the mailing
    step integer not null,        -- number of the step that sends the letter
    person varchar not null,      -- name in smc.yaml
    made_on date not null,        -- as_of of the run
    state varchar not null        -- planned, queued, accepted, failed, expired, suppressed or unknown
);
