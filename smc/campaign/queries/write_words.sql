-- What steps say in words of their own; a version never changes, so each is written once.
insert into step_words
select n.campaign, n.version, n.step, n.channel, n.words
from (
    select
        unnest($campaigns::varchar[]) as campaign,
        unnest($versions::integer[]) as version,
        unnest($steps::integer[]) as step,
        unnest($channels::varchar[]) as channel,
        unnest($words::varchar[]) as words
) as n
left join step_words as w
    on w.campaign = n.campaign and w.version = n.version and w.step = n.step and w.channel = n.channel
where w.campaign is null
