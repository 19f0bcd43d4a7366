-- Stays in simulated campaigns from the first day on.
delete from entry
where list_contains($names::varchar[], campaign) and entered_on >= $since
