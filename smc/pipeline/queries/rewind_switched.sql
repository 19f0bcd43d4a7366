-- Simulated campaigns are switched on on the first day.
delete from switched_on
where list_contains($names::varchar[], campaign)
