-- Codes that somebody brings, or that were made.
create or replace temp table code_given (line bigint, code varchar)
