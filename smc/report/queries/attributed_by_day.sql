-- Attributed receipts of one campaign or mailing by days after the message; day 0 is the day it left.
select
    days_after,
    count(distinct case when status = 'paid' then customer_key end) as buyers,
    sum(case when status = 'paid' then 1 else 0 end) as receipts,
    sum(total) as turnover
from attribution
where kind = $kind and campaign = $campaign
group by days_after
order by days_after
