-- Fields that items of a dictionary have beside code and title.
select distinct unnest(map_keys(fields)) as field from dictionary where dictionary = $name order by field
