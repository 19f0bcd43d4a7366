-- Codes that simulated campaigns gave from the first day on; others may have them again.
delete from promocode_issue
where list_contains($names::varchar[], campaign) and issued_on >= $since
