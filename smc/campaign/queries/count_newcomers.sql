-- Entries of the night, those of control groups among them, and who found no room.
select
    count(*) filter (where not turned_away),
    count(*) filter (where not turned_away and arm = 'control'),
    count(*) filter (where turned_away)
from newcomer
