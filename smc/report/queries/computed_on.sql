-- The day for which metrics and scores were last computed, where it is not the day of the report.
select name, as_of
from watermark
where name in ('metric', 'rfm') and as_of <> $as_of
order by name
