-- Who passes a limit: of those who come at once the key decides, a draw that stays. Control customers take room too.
insert into limit_use
select campaign, name, entry_key, step, $as_of as used_on
from (
    select s.campaign, s.argument as name, s.entry_key, s.step, s.room - coalesce(u.used, 0) as room,
        row_number() over (partition by s.campaign, s.argument order by s.entry_key) as nth
    from standing as s
    left join (
        select l.campaign, l.name, q.room_since, count(*) as used
        from limit_use as l
        join (select distinct campaign, argument, room_since from standing where action = 'limit') as q
            on q.campaign = l.campaign and q.argument = l.name and l.used_on >= q.room_since
        group by l.campaign, l.name, q.room_since
    ) as u on u.campaign = s.campaign and u.name = s.argument and u.room_since = s.room_since
    where s.action = 'limit'
) as asking
where nth <= room
