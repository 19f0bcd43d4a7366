-- Copies that are wanted of letters that are planned, each once.
insert into watcher_copy
select q.copy_key, q.campaign, q.version, q.step, q.person, $as_of as made_on, 'planned' as state
from (
    select
        unnest(cast($keys as varchar[])) as copy_key,
        unnest(cast($campaigns as varchar[])) as campaign,
        unnest(cast($versions as integer[])) as version,
        unnest(cast($steps as integer[])) as step,
        unnest(cast($persons as varchar[])) as person
) as q
inner join (
    select distinct g.campaign, g.version, g.step from message as g where g.state = 'planned' and g.arm <> 'control'
) as p on p.campaign = q.campaign and p.version = q.version and p.step = q.step
left join watcher_copy as k on k.copy_key = q.copy_key
where k.copy_key is null
