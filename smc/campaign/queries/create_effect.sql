-- What steps asked for tonight beside messages: a row for each thing it is done to or with.
create or replace temp table effect (
    entry_key varchar, campaign varchar, version integer, customer_key bigint, arm varchar, step integer, kind varchar,
    target varchar, detail varchar
)
