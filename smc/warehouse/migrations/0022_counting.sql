-- Since when what is waited for counts.

alter table entry add column counts_from timestamptz; -- what he waits for at his step counts when it happened later (UTC); null in older entries
