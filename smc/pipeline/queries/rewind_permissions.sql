-- Permissions that were given or taken on the first day or later.
delete from subscription
where cast(changed_at as date) >= $since
