-- The first day of which the members of a segment are known; it may have been gone in between and come back.
select least(max(w.as_of), min(m.entered_on))
from watermark as w
left join segment_member as m on m.segment = $segment
where w.name = 'segment:' || $segment
