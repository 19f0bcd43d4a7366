-- What simulated campaigns wanted done from the first day on.
delete from task
where list_contains($names::varchar[], campaign) and planned_on >= $since
