-- Candidates of this turn that find a cap full: some span as long as the cap, with the candidate in it, holds as many
-- messages already. A span that counts ends with the candidate or with a message after it.
update gated
set reason = 'policy', lost_to = l.lost_to
from (
    with around as (
        select q.message_key, q.cap_no, q.messages, q.length, q.place as mine, t.place, t.campaign
        from asking as q
        join taken as t
            on t.customer_key = q.customer_key and t.cap_no = q.cap_no
            and t.place > q.place - q.length and t.place < q.place + q.length
        where q.turn = $turn
    ),
    ending as (
        select message_key, cap_no, mine as last from around
        union
        select message_key, cap_no, place as last from around where place > mine
    ),
    full_span as (
        select e.message_key, e.cap_no, e.last
        from ending as e
        join around as a
            on a.message_key = e.message_key and a.cap_no = e.cap_no and a.place > e.last - a.length and a.place <= e.last
        group by e.message_key, e.cap_no, e.last, a.messages
        having count(*) >= a.messages
    )
    select f.message_key, array_to_string(list_sort(list(distinct a.campaign)), ', ') as lost_to
    from full_span as f
    join around as a
        on a.message_key = f.message_key and a.cap_no = f.cap_no and a.place > f.last - a.length and a.place <= f.last
    group by f.message_key
) as l
where gated.message_key = l.message_key
