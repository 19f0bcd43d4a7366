-- The day of the last computation is written anew; a segment that is gone begins from the start when it comes back.
delete from watermark
where name = 'segment' or (starts_with(name, 'segment:') and not list_contains($segments, substr(name, 9)))
