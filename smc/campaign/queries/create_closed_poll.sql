-- Polls that are over: their last day has passed, or so many customers have answered as may.
create or replace temp table closed_poll as
select p.poll
from poll_setting as p
left join (
    select poll, count(distinct customer_key) as answered
    from poll_answer
    group by poll
) as a on a.poll = p.poll
where p.until < $as_of or a.answered >= p.answers
