-- Segments are evaluated only for those who can have changed.

alter table rfm_touched add column recency tinyint; -- score at the last refresh of segments; null without scores then
alter table rfm_touched add column frequency tinyint; -- same
alter table rfm_touched add column monetary tinyint; -- same
alter table rfm_touched add column cell varchar; -- cell at the last refresh; null when none had matched
