-- Ends of stays in lists that were still to come.
delete from tag_past
where removed_on >= $since
