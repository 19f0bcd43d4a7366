-- The day of the last refresh, and for each segment and rule its first day and the definition last evaluated.
select name, as_of, definition
from watermark
where name = 'segment' or starts_with(name, 'segment:') or starts_with(name, 'rule:')
