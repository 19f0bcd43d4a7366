-- What the ledger keeps of sources, of files with several objects, of rows to be corrected, and of the look of each load.

alter table import_file add column source varchar; -- kind of source: local, sftp, …
alter table import_file add column part_of bigint; -- the file whose rejected rows this one brings again, corrected
alter table import_file add column rows_vanished bigint; -- rows that a replace or delete list took out, or a snapshot marked inactive

-- What a file did to each of the objects that its rows carry
create table import_part (
    file_key bigint not null,       -- joins import_file
    object varchar not null,        -- receipt, receipt_line, …
    rows_accepted bigint not null,  -- rows of the object that are new or changed
    rows_unchanged bigint not null, -- rows of the object that we had
    amount decimal(38, 2)           -- sum of total or amount of the rows taken (receipts and lines)
);

-- How a field of a loaded file looked; what later loads are compared with
create table import_field (
    file_key bigint not null,  -- joins import_file
    field varchar not null,    -- our field
    rows_good bigint not null, -- rows that were taken or known
    filled bigint not null,    -- of these, rows with a value
    invalid bigint not null    -- rows rejected for this field
);

-- What a source showed of a file that is known, so that it need not be read again
create table import_seen (
    feed varchar not null,   -- feed that reads it
    name varchar not null,   -- file name
    size bigint,             -- bytes
    changed timestamptz,     -- time of change by the source (UTC)
    version varchar not null, -- ETag, revision or the like; empty where there is none
    sha256 varchar not null  -- of its bytes
);

-- What a feed remembers between loads: the highest mark of a query
create table import_state (
    feed varchar not null, -- feed
    state varchar not null -- as its source wrote it
);

-- Row that was not taken, with the cells as they came, so that it can be corrected and replayed
create table reject_row (
    file_key bigint not null,   -- joins import_file
    line bigint not null,       -- line of the file, counting from 1
    columns varchar[] not null, -- their columns that the feed reads; empty when the line could not be split
    cells varchar[] not null    -- what stood there; the line itself when it could not be split
);
