-- Texts of the campaigns and mailings that customers entered.
select kind, campaign, version, spec, valid_from
from campaign_version
where valid_from <= $as_of
order by kind, campaign, version
