-- What the last import left of each feed, and rows of a load with values that were new then.

alter table import_field add column fresh bigint; -- rows with a value that no row of the table had before; null where the feed sets no limit to them

-- What the last import of a feed could not take, so that it can be said until the next one
create table import_left (
    feed varchar not null,  -- feed
    file varchar not null,  -- file name; empty when the source itself could not be read
    kind varchar not null,  -- waiting: not whole yet; failed: could not be read
    reason varchar not null, -- why, in words
    as_of date not null     -- day of that import
);
