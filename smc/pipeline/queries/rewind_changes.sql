-- Tags that steps asked for from the first day on.
delete from tag_change
where changed_on >= $since
