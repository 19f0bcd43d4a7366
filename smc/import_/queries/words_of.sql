-- Words of a dictionary and the code that each means: the codes themselves, and titles that only one code has.
select code as word, code from dictionary where dictionary = $dictionary
union all
select title, min(code)
from dictionary as d
where dictionary = $dictionary and title is not null
    and not exists (select 1 from dictionary as c where c.dictionary = $dictionary and c.code = d.title)
group by title
having count(*) = 1
order by all;
