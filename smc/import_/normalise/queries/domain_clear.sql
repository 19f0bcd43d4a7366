-- Domains as given, each looked at once
create or replace temp table smc_domain (
    domain varchar, ascii varchar, longest integer, provider varchar, suggestion varchar
)
