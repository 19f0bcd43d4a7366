-- An empty place for the rejects of one file; they get their file number when the file's fate is known.
create or replace temp table smc_reject (line bigint, field varchar, source_column varchar, value varchar, reason varchar);
