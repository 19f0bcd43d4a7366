-- All objects that a shop has: cards, orders, events, containers, balances, dictionaries, further classifiers, the
-- history of other systems; custom fields for most of them; what a snapshot no longer brings is not active.

alter table customer add column active boolean default true; -- false when a snapshot no longer brings the customer; never messaged then
alter table product add column stock decimal(18, 3); -- pieces or weight in stock
alter table product add column active boolean default true; -- false when a snapshot no longer brings the product
alter table product add column changed_at timestamptz; -- time of the row that set the fields without a time of their own (UTC)
alter table product add column price_at timestamptz; -- time of the row that set the price (UTC)
alter table product add column stock_at timestamptz; -- time of the row that set the stock (UTC)
alter table product add column custom map(varchar, varchar); -- custom fields by name, as text in canonical form
alter table store add column region_id varchar; -- joins region
alter table store add column active boolean default true; -- false when a snapshot no longer brings the store
alter table store add column custom map(varchar, varchar); -- custom fields by name, as text in canonical form
alter table category add column classifier varchar default 'main'; -- tree it belongs to
alter table receipt add column return_of_key bigint; -- joins receipt_ident: the sale that this one returns
alter table receipt add column custom map(varchar, varchar); -- custom fields by name, as text in canonical form
alter table receipt_line add column custom map(varchar, varchar); -- custom fields by name, as text in canonical form
alter table promocode add column status varchar default 'active'; -- active, used or void
alter table promocode add column customer_key bigint; -- to whom it was given; null when to anybody
alter table promocode add column uses_left integer; -- how often it can still be redeemed; null when not known

-- Word of a dictionary
create table dictionary (
    dictionary varchar not null, -- name of the dictionary
    code varchar not null,       -- code, as text
    title varchar,               -- what the code means
    fields map(varchar, varchar) -- what else is known of it, by name
);

-- Node of the tree of regions
create table region (
    region_id varchar not null, -- the shop's id, as text
    parent_id varchar,          -- the region above; null at the top
    name varchar,               -- title
    timezone varchar            -- IANA zone if the shop knows it
);

-- Every region with each of its ancestors and itself; rebuilt when regions are imported
create table region_ancestor (
    region_id varchar not null,   -- the lower node
    ancestor_id varchar not null, -- the node itself or one above it
    depth integer not null        -- steps between the two; 0 is the node itself
);

-- Place of a product in a classifier other than main
create table product_category (
    product_key bigint not null, -- joins product_ident
    classifier varchar not null, -- the classifier
    category_key bigint not null -- joins category_ident; a node of that classifier
);

-- Prices and stocks that products had; every value that came, also one that came late
create table product_change (
    product_key bigint not null, -- joins product_ident
    kind varchar not null,       -- price or stock
    value decimal(18, 3) not null, -- the value from then on
    before decimal(18, 3),       -- the value until then; null when none is known; may be the same
    changed_at timestamptz,      -- when (UTC); null when the row carried no time
    known_on date not null       -- as_of of the run that brought it
);

-- Loyalty card
create table card (
    card_id varchar not null, -- number, as text
    customer_key bigint,      -- holder; null while it has none
    status varchar,           -- as the shop codes it
    level varchar,            -- as the shop codes it
    issued_at timestamptz,    -- when it was issued (UTC)
    active boolean            -- false when a snapshot no longer brings the card
);

-- Push token or messenger id: where a customer can be reached besides e-mail and phone
create table contact_point (
    channel varchar not null,     -- push, telegram, …
    address varchar not null,     -- token or id within the channel
    customer_key bigint not null, -- whose it is now
    device varchar,               -- device
    app varchar,                  -- app
    active boolean,               -- false when it is not valid any more
    changed_at timestamptz        -- time of the row that holds (UTC); null when it carried none
);

-- Customer in a control group of another system
create table control_member (
    customer_key bigint not null,   -- who
    control_group varchar not null, -- global, or the campaign
    starts_on date,                 -- first day; null is since ever
    ends_on date                    -- last day; null is still
);

-- Bonus account of a customer as it is now
create table bonus_balance (
    customer_key bigint not null, -- who
    account varchar not null,     -- main, or the shop's name of the account
    active decimal(18, 2),        -- can be spent now
    pending decimal(18, 2),       -- will be active later
    expiring decimal(18, 2),      -- expires next
    expires_on date,              -- day when that expires
    changed_at timestamptz        -- time of this balance (UTC); null when the row carried none
);

-- Integer key of every order id ever seen
create table order_ident (
    order_key bigint not null, -- our key, given at first sight and kept for ever
    order_id varchar not null  -- the shop's id, as text
);

-- Order as it is now (the table is not named order, for that is a word of SQL); first loads lie in order of time
create table customer_order (
    order_key bigint not null,    -- joins order_ident
    customer_key bigint,          -- who ordered; null when not known
    store_id varchar,             -- where
    ordered_at timestamptz,       -- when (UTC); null while only a status is known
    status varchar,               -- general status, a code of fields.yaml
    total decimal(18, 2),         -- to pay after discounts
    discount decimal(18, 2),      -- discount given
    bonus_paid decimal(18, 2),    -- paid with bonuses
    bonus_accrued decimal(18, 2), -- bonuses given
    promocode varchar,            -- code used
    source varchar,               -- site, app, …
    delivery_status varchar,      -- status of the delivery, a code of fields.yaml
    delivery_method varchar,      -- way of delivery
    delivery_address varchar,     -- address of the delivery
    delivery_cost decimal(18, 2), -- price of the delivery
    delivery_on date,             -- local day of the delivery
    tracking varchar,             -- number of the parcel
    payment_status varchar,       -- status of the payment, a code of fields.yaml
    payment_method varchar,       -- way of payment
    paid decimal(18, 2),          -- amount paid
    paid_at timestamptz,          -- time of the payment (UTC)
    changed_at timestamptz,       -- time of the row that set the fields without a time of their own (UTC)
    status_at timestamptz,        -- time of the row that set the general status (UTC)
    delivery_at timestamptz,      -- time of the row that set the fields of the delivery (UTC)
    payment_at timestamptz,       -- time of the row that set the fields of the payment (UTC)
    day date,                     -- local day of ordered_at in the project's zone
    counted boolean,              -- false when one of its status codes does not count in analytics
    custom map(varchar, varchar)  -- custom fields by name, as text in canonical form
);

-- Line of an order; carries what scans need from its order and product
create table order_line (
    order_key bigint not null,        -- joins order_ident
    line_no integer not null,         -- number within the order
    product_key bigint not null,      -- joins product_ident
    quantity decimal(18, 3) not null, -- pieces or weight
    price decimal(18, 2),             -- price per piece before discount
    amount decimal(18, 2) not null,   -- to pay for the line after discount
    discount decimal(18, 2),          -- discount on the line
    customer_key bigint,              -- from the order; null while not known
    day date,                         -- from the order; null while not known
    counted boolean not null,         -- from the order; false while it is not there
    category_key bigint,              -- from the product; null while the catalogue lacks it
    custom map(varchar, varchar)      -- custom fields by name, as text in canonical form
);

-- Statuses that orders had; every one that came, also one that came late
create table order_status_log (
    order_key bigint not null, -- joins order_ident
    kind varchar not null,     -- general, delivery or payment
    status varchar not null,   -- the code from then on
    before varchar,            -- the code until then; null when none is known; may be the same
    changed_at timestamptz,    -- when (UTC); null when the row carried no time
    known_on date not null     -- as_of of the run that brought it
);

-- Codes of order statuses as fields.yaml had them when counted of orders was last filled
create table order_status (
    kind varchar not null,  -- general, delivery or payment
    code varchar not null,  -- code
    title varchar not null, -- what it means
    counts boolean not null -- false: an order with it does not count in analytics
);

-- Product in a cart, in favourites or in another list of a customer
create table container (
    customer_key bigint not null, -- whose
    container varchar not null,   -- name of the list
    product_key bigint not null,  -- joins product_ident
    quantity decimal(18, 3),      -- pieces or weight
    price decimal(18, 2),         -- price per piece
    added_at timestamptz          -- put in (UTC)
);

-- Event of a customer, or of nobody in particular; never changes; rows lie roughly in order of time
create table event (
    event_id varchar not null,        -- the shop's id, or row: and a hash of the content
    customer_key bigint,              -- who; null for a system event
    name varchar not null,            -- what happened
    occurred_at timestamptz not null, -- when (UTC)
    source varchar,                   -- where it comes from
    context map(varchar, varchar),    -- details by name
    day date not null                 -- local day in the project's zone
);

-- Visit of a page, or what was done there; rows lie roughly in order of time
create table web_event (
    event_id varchar not null,        -- the shop's id, or row: and a hash of the content
    visitor varchar,                  -- visitor, such as the id in a cookie
    session varchar,                  -- session
    given_key bigint,                 -- customer that the row itself names; null while anonymous
    name varchar not null,            -- what happened
    occurred_at timestamptz not null, -- when (UTC)
    page varchar,                     -- page
    product_key bigint,               -- joins product_ident
    category_key bigint,              -- joins category_ident
    price decimal(18, 2),             -- price shown then
    container varchar,                -- cart, favourites or another list
    quantity decimal(18, 3),          -- pieces or weight
    source varchar,                   -- where it comes from
    customer_key bigint,              -- whose it is: given_key, or by whom the visitor was recognised next, within 60 days
    day date not null                 -- local day in the project's zone
);

-- Answer of a customer to a question of a poll
create table poll_answer (
    poll varchar not null,        -- poll
    question varchar not null,    -- question
    customer_key bigint not null, -- who
    answer varchar not null,      -- answer; several rows where several may be given
    answered_at timestamptz       -- when (UTC)
);

-- What happened to a message of a past mailing; rows lie roughly in order of time
create table past_message_event (
    event_id varchar not null,        -- the other system's id, or row: and a hash of the content
    mailing varchar not null,         -- joins past_mailing
    customer_key bigint not null,     -- who
    state varchar not null,           -- sent, delivered, opened, clicked, bounced, complained or unsubscribed
    occurred_at timestamptz not null, -- when (UTC)
    detail varchar,                   -- link that was clicked, or why it bounced
    day date not null                 -- local day in the project's zone
);

-- Data mart of fields.yaml as its table mart_NAME was last made
create table mart (
    name varchar not null,   -- name in fields.yaml
    title varchar not null,  -- what it is
    key varchar[] not null   -- fields that tell rows of a customer apart; empty when there is one
);
