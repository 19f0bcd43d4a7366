-- What has not been read yet
create or replace temp table smc_phone_rest as
select t.given, t.d from smc_phone_text t anti join smc_phone p on p.given = t.given
