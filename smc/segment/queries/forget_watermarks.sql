-- The day of the last refresh is written anew; a segment that is gone begins from the start when it comes back.
delete from watermark
where
    name = 'segment'
    or ((starts_with(name, 'segment:') or starts_with(name, 'rule:')) and not list_contains($names::varchar[], name))
