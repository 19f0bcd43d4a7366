-- The texts behind the only @ of an address
select distinct domain from smc_email_text where length(bare) - length(replace(bare, '@', '')) = 1 and domain <> ''
