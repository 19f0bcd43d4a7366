-- History of RFM scores: only what changed is written, so that a night costs what it moved and no more.

-- Change of a customer's scores or cell on a computed day; the state of a day is the last change up to it
create table rfm_change (
    as_of date not null,          -- day on which the scores became others
    customer_key bigint not null, -- who; at most one row a day
    old_recency smallint,          -- 1 to 5 on the computed day before; null without scores then
    old_frequency smallint,        -- same
    old_monetary smallint,         -- same
    old_cell varchar,             -- cell before; null when none had matched
    new_recency smallint,          -- 1 to 5 from this day on; null when he has no scores any more
    new_frequency smallint,        -- same
    new_monetary smallint,         -- same
    new_cell varchar              -- cell from this day on; null when none matches
);

-- Day that is part of the history of scores; days computed again later than that are no part of it
create table rfm_day (
    as_of date not null,         -- day
    period integer not null,     -- days of the RFM period
    customers bigint not null,   -- with scores on that day
    changed bigint not null,     -- rows of rfm_change
    definition varchar not null, -- sha256 of period and cells
    redefined boolean not null   -- first day, or another period or other cells than before: changes may be no events of customers
);

-- Customer whose row in rfm has changed since segments were last refreshed; they empty it
create table rfm_touched (
    customer_key bigint not null -- who
);

alter table rfm_boundary add column replay boolean default false; -- of a past day that was computed again; kept while its scores stand in rfm
