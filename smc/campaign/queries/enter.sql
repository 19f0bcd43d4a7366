-- Who found room is inside.
insert into entry by name
select * exclude (turned_away)
from newcomer
where not turned_away
