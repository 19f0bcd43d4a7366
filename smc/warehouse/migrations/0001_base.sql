-- The tables of smc. They are the contract between the stages: import → metric → segment → campaign → send → report.
-- A comment behind a column becomes its COMMENT in the database; the line above a table becomes the table's.
-- Big tables carry no key or index: a load stages, removes doubles, deletes by key and inserts in one transaction.
-- Ids from outside are text; the integer keys given at first sight (the *_ident tables) join the facts.

-- Integer key of every customer id ever seen, with or without a profile
create table customer_ident (
    customer_key bigint not null, -- our key, given at first sight and kept for ever
    customer_id varchar not null  -- the shop's id, as text
);

-- Integer key of every receipt id ever seen
create table receipt_ident (
    receipt_key bigint not null, -- our key, given at first sight and kept for ever
    receipt_id varchar not null  -- the shop's id, as text
);

-- Integer key of every product id ever seen, in the catalogue or not
create table product_ident (
    product_key bigint not null, -- our key, given at first sight and kept for ever
    product_id varchar not null  -- the shop's id, as text
);

-- Integer key of every category id ever seen
create table category_ident (
    category_key bigint not null, -- our key, given at first sight and kept for ever
    category_id varchar not null  -- the shop's id, as text
);

-- Profile of a customer; one row per customer that a feed has described
create table customer (
    customer_key bigint not null,       -- joins customer_ident
    full_name varchar,                  -- as the shop writes it
    first_name varchar,                 -- given name
    middle_name varchar,                -- patronymic or middle name
    last_name varchar,                  -- family name
    email varchar,                      -- address as imported, trimmed
    phone varchar,                      -- number as imported, trimmed
    birth_date date,                    -- date of birth
    gender varchar,                     -- as the shop codes it
    country varchar,                    -- country of the address
    region varchar,                     -- region of the address
    city varchar,                       -- town of the address
    zip varchar,                        -- postal code, as text
    address varchar,                    -- street and house
    timezone varchar,                   -- IANA zone if the shop knows it
    registered_at timestamptz,          -- joined the shop (UTC)
    source varchar,                     -- where the customer came from
    custom map(varchar, varchar)        -- custom fields by name, as text in canonical form
);

-- Node of the category tree
create table category (
    category_key bigint not null, -- joins category_ident
    parent_key bigint,            -- the node above; null at the top
    name varchar                  -- title
);

-- Every category with each of its ancestors and itself; rebuilt when categories are imported
create table category_ancestor (
    category_key bigint not null, -- the lower node
    ancestor_key bigint not null, -- the node itself or one above it
    depth integer not null        -- steps between the two; 0 is the node itself
);

-- Product of the catalogue
create table product (
    product_key bigint not null, -- joins product_ident
    name varchar,                -- title
    brand varchar,               -- brand
    category_key bigint,         -- its node of the category tree
    price decimal(18, 2),        -- list price in the project's currency
    url varchar,                 -- page of the product
    image_url varchar            -- picture of the product
);

-- Shop
create table store (
    store_id varchar not null, -- the shop's id, as text
    name varchar,              -- title
    region varchar,            -- region
    city varchar,              -- town
    address varchar            -- street and house
);

-- Sale; rows lie roughly in order of time
create table receipt (
    receipt_key bigint not null,       -- joins receipt_ident
    customer_key bigint,               -- the buyer; null is an anonymous sale
    store_id varchar,                  -- where
    purchased_at timestamptz not null, -- when (UTC)
    day date not null,                 -- local day of the purchase in the project's zone
    status varchar not null,           -- paid, cancelled or returned; cancelled counts nowhere
    total decimal(18, 2) not null,     -- to pay after discounts; negative for a return
    discount decimal(18, 2),           -- discount given
    bonus_paid decimal(18, 2),         -- paid with bonuses
    bonus_accrued decimal(18, 2),      -- bonuses given
    promocode varchar,                 -- code used
    source varchar                     -- till, site, …
);

-- Line of a receipt; carries what scans need from its receipt and product
create table receipt_line (
    receipt_key bigint not null,       -- joins receipt_ident
    line_no integer not null,          -- number within the receipt
    product_key bigint not null,       -- joins product_ident
    quantity decimal(18, 3) not null,  -- pieces or weight; negative when returned
    price decimal(18, 2),              -- price per piece before discount
    amount decimal(18, 2) not null,    -- to pay for the line after discount
    discount decimal(18, 2),           -- discount on the line
    customer_key bigint,               -- from the receipt; null while anonymous or the receipt is not there yet
    day date,                          -- from the receipt; null while the receipt is not there yet
    counted boolean not null,          -- true when the receipt is there and not cancelled
    category_key bigint                -- from the product; null while the catalogue lacks it
);

-- Code that a customer can redeem
create table promocode (
    code varchar not null,  -- the code
    pool varchar not null,  -- the group of codes it belongs to
    title varchar,          -- what it gives
    valid_from date,        -- first day
    valid_to date           -- last day
);

-- Redemption of a promocode
create table promocode_use (
    code varchar not null,        -- the code
    pool varchar not null,        -- the group of codes
    customer_key bigint not null, -- who
    used_on date not null         -- local day
);

-- Present permission of a customer per channel and category; no row means unknown
create table subscription (
    customer_key bigint not null,    -- who
    channel varchar not null,        -- email, sms, …
    category varchar not null,       -- message category of the project
    state varchar not null,          -- yes or no
    changed_at timestamptz not null, -- since when (UTC)
    source varchar,                  -- where it was given or taken
    wording varchar                  -- text that was shown
);

-- Every change of a permission, oldest first
create table subscription_log (
    customer_key bigint not null,    -- who
    channel varchar not null,        -- email, sms, …
    category varchar not null,       -- message category
    state varchar not null,          -- yes or no
    changed_at timestamptz not null, -- when (UTC)
    source varchar,                  -- where
    wording varchar                  -- text that was shown
);

-- Customer in a named list
create table tag_member (
    customer_key bigint not null, -- who
    tag varchar not null,         -- name of the list
    added_on date not null,       -- as_of of the run that added the customer
    source varchar not null       -- feed, campaign or command that added
);

-- Mailing of the past that another system sent, imported for reports
create table past_mailing (
    mailing varchar not null, -- its id in the other system
    title varchar,            -- its name
    channel varchar not null, -- post, email, …
    starts_on date not null,  -- first day
    ends_on date              -- last day; the attribution window ends here when it is given
);

-- Recipient of a past mailing
create table past_message (
    mailing varchar not null,        -- joins past_mailing
    customer_key bigint not null,    -- who
    delivered_on date not null       -- local day of delivery
);

-- File that an import has taken or refused; the ledger
create table import_file (
    file_key bigint not null,      -- our number
    feed varchar not null,         -- feed that took it
    name varchar not null,         -- file name
    sha256 varchar not null,       -- of the bytes as they came
    bytes bigint not null,         -- size as it came
    state varchar not null,        -- loaded, refused
    reason varchar,                -- why it was refused
    changed boolean not null,      -- true when the name came before with other bytes
    as_of date not null,           -- run that took it
    rows_read bigint not null,     -- by an independent counter
    rows_accepted bigint not null, -- new or changed
    rows_unchanged bigint not null, -- same as what we had
    rows_rejected bigint not null, -- see reject
    rows_duplicate bigint not null, -- same as another row of the file
    amount decimal(38, 2)          -- sum of total or amount of the rows taken (receipts and lines)
);

-- Row that was not taken
create table reject (
    file_key bigint not null, -- joins import_file
    line bigint not null,     -- line of the file, counting from 1
    field varchar,            -- our field
    source_column varchar,    -- their column
    value varchar,            -- what stood there
    reason varchar not null   -- why it was not taken
);

-- Customers whose facts changed since metrics were last computed
create table customer_touched (
    customer_key bigint not null -- who; may repeat
);

-- What was computed last by a stage
create table watermark (
    name varchar not null,   -- metric, rfm, segment, campaign
    as_of date not null,     -- day of the last computation
    definition varchar       -- sha256 of the definitions it was computed with
);

-- Quintile boundaries that gave the scores of a day
create table rfm_boundary (
    as_of date not null,       -- day
    measure varchar not null,  -- recency, frequency, monetary
    score integer not null,    -- the score that begins here, 2 to 5
    bound decimal(38, 2) not null -- recency: at most so many days; others: at least this
);

-- Scores of the customers who bought in the RFM period
create table rfm (
    customer_key bigint not null, -- who
    recency integer not null,     -- 1 to 5, 5 bought last
    frequency integer not null,   -- 1 to 5, 5 bought most often
    monetary integer not null,    -- 1 to 5, 5 spent most
    cell varchar                  -- first cell of rfm.yaml that matches
);

-- Stay of a customer in a segment; the row with left_on null is the present one
create table segment_member (
    customer_key bigint not null, -- who
    segment varchar not null,     -- name
    entered_on date not null,     -- as_of of the run that saw him enter
    left_on date,                 -- as_of of the run that saw him leave
    initial boolean not null      -- true when he was a member at the segment's first computation
);

-- Members of a rule that a campaign asks for, as of the last run
create table rule_member (
    rule varchar not null,        -- sha256 of the rule's canonical text
    customer_key bigint not null  -- who
);

-- Text of a campaign or mailing that customers entered
create table campaign_version (
    campaign varchar not null,    -- id
    kind varchar not null,        -- campaign or mailing
    version integer not null,     -- counts from 1
    sha256 varchar not null,      -- of the canonical spec
    spec varchar not null,        -- canonical JSON of the spec
    valid_from date not null      -- as_of of the run that first saw it
);

-- Stay of a customer in a campaign
create table entry (
    entry_key varchar not null,   -- hash of campaign, occurrence and customer id
    campaign varchar not null,    -- id
    kind varchar not null,        -- campaign or mailing
    version integer not null,     -- the version he entered and keeps
    customer_key bigint not null, -- who
    occurrence varchar not null,  -- this birthday, this receipt, …
    entered_on date not null,     -- as_of of the run
    arm varchar not null,         -- test or control
    step integer,                 -- number of the step where he stands; null when he has left
    due_on date,                  -- day when that step is due
    exited_on date,               -- as_of of the run that let him out
    exit_reason varchar           -- finished, or what the filter or exit said
);

-- What happened to an entry at a step
create table step_log (
    entry_key varchar not null,   -- joins entry
    step integer not null,        -- number of the step in its version
    visit integer not null,       -- counts from 1
    done_on date not null,        -- as_of of the run
    outcome varchar not null      -- passed, refused, messaged, waiting, tagged, untagged, exited
);

-- Message to one customer, sent or not, with its reason
create table message (
    message_key varchar not null,   -- hash of entry, step, visit and channel
    entry_key varchar not null,     -- joins entry
    campaign varchar not null,      -- id
    kind varchar not null,          -- campaign or mailing
    version integer not null,       -- version of the campaign
    step integer not null,          -- number of the step
    customer_key bigint not null,   -- who
    channel varchar not null,       -- email
    category varchar not null,      -- message category
    template varchar not null,      -- name of the template
    arm varchar not null,           -- test or control
    planned_on date not null,       -- as_of of the run
    due_at timestamptz not null,    -- not before (UTC)
    expires_at timestamptz not null, -- not after (UTC)
    state varchar not null,         -- planned, suppressed, queued, accepted, delivered, bounced, failed, expired, unknown
    reason varchar,                 -- why suppressed or failed
    state_at timestamptz            -- when the outbox reported the state (UTC)
);

-- Run of the pipeline
create table run (
    run_id varchar not null,         -- time-ordered id
    command varchar not null,        -- what was asked for
    as_of date not null,             -- day of the run
    started_at timestamptz not null, -- UTC
    ended_at timestamptz,            -- UTC; null while running or killed
    state varchar not null,          -- running, done, failed, killed
    problem varchar                  -- what failed, in words
);

-- Stage of a run
create table run_stage (
    run_id varchar not null,       -- joins run
    stage varchar not null,        -- import, compute, segment, campaign, hand over, send, settle, report
    seconds double not null,       -- wall time
    summary varchar not null       -- counts as JSON
);
