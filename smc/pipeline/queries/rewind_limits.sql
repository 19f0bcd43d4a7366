-- Room that was taken from the first day on is free again.
delete from limit_use
where list_contains($names::varchar[], campaign) and used_on >= $since
