-- What a person asked for, by the ids he gave.
create or replace temp table tag_wanted (line bigint, customer_id varchar, tag varchar)
