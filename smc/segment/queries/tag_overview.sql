-- Every list that anybody is or was in: members, what put them in, the day of the last change.
select
    tag,
    count(*) filter (where present) as members,
    string_agg(distinct source, ', ' order by source) filter (where present) as sources,
    max(changed_on) as last_change
from (
    select tag, true as present, if(starts_with(source, 'command '), 'command', source) as source, added_on as changed_on
    from tag_member
    union all
    select tag, false as present, null as source, removed_on as changed_on
    from tag_past
) as stay
group by tag
order by tag
