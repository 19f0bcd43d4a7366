-- Polls that are over: their last day has passed, or so many customers have answered as may.
create or replace temp table closed_poll as
select p.poll
from (
    select
        unnest($polls::varchar[]) as poll,
        unnest($answers::integer[]) as answers, -- null: any number
        unnest($until::date[]) as until         -- null: no end
) as p
left join (
    select poll, count(distinct customer_key) as answered
    from poll_answer
    group by poll
) as a on a.poll = p.poll
where p.until < $as_of or a.answered >= p.answers
