-- A letter that prints a promocode is not for those who have none of the promocode step that stands last before it: what
-- an earlier step gave is no substitute. Mailings give theirs behind the other gates, so only
-- their messages that ask for another time have one by now.
update gated as g
set reason = 'no_promocode'
where g.reason is null and (
    list_contains($coded::varchar[], g.template)
    or exists (
        select 1
        from (
            select
                unnest($campaigns::varchar[]) as campaign,
                unnest($versions::integer[]) as version,
                unnest($steps::integer[]) as step,
                unnest($channels::varchar[]) as channel
        ) as w
        where w.campaign = g.campaign and w.version = g.version and w.step = g.step and w.channel = g.channel
    )
) and not exists (select 1 from code_printed as p where p.message_key = g.message_key)
and (g.again or not exists (
    select 1 from mailing_code as c where c.campaign = g.campaign and c.version = g.version and c.step = g.step
))
