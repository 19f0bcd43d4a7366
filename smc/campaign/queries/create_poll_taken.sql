-- Who has taken part in a poll that a step opens, and may not again. Of an answer without a time nobody knows how old it is.
create or replace temp table poll_taken as
select a.poll, a.customer_key
from poll_answer as a
join (select distinct argument as poll from program where action = 'poll') as o on o.poll = a.poll
left join poll_setting as p on p.poll = a.poll
group by a.poll, a.customer_key, p.again
having p.again is null or bool_or(a.answered_at is null) or cast(max(a.answered_at) as date) > $as_of - p.again
