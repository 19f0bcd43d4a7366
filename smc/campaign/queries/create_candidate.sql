-- Messages that steps asked for tonight, before consent, address and caps had their say.
create or replace temp table candidate (
    entry_key varchar, campaign varchar, kind varchar, version integer, customer_key bigint, arm varchar,
    step integer, channel varchar, template varchar
)
