-- Simulated campaigns are first seen on the first day.
delete from campaign_version
where list_contains($names::varchar[], campaign)
