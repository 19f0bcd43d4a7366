-- The last message that each cascade has asked for, and whether one of them was sent or delivered; what may have arrived
-- counts as sent. Control customers go on behind what they would have got first.
insert into tried
select
    s.entry_key, s.step, coalesce(max(g.place), 0) as place,
    coalesce(
        max(
            case
                when m.message_key is null then 0
                when s.arm = 'control' or m.state = 'delivered' then 1
                when s.argument = 'sent' and m.state in ('accepted', 'unknown') then 1
                else 0
            end
        ),
        0
    ) = 1 as done
from standing as s
left join message as m on m.entry_key = s.entry_key and m.step = s.step
left join rung as g
    on g.campaign = s.campaign and g.version = s.version and g.step = s.step and g.channel = m.channel
where s.action = 'cascade'
group by s.entry_key, s.step
