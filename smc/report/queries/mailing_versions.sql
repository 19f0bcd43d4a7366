-- Texts of one mailing.
select version, spec
from campaign_version
where kind = 'mailing' and campaign = $campaign
order by version
