-- New messages of the night: planned, and suppressed.
select count(*) filter (where reason is null), count(reason) from gated where not again
