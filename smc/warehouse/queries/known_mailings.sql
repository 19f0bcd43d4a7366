-- Mailings of other systems that are asked for, and campaigns and mailings that the project had.
select mailing from past_mailing where list_contains($texts, mailing)
union
select campaign from campaign_version where list_contains($texts, campaign)
