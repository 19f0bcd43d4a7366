-- The last computed day of each month of the history.
select cast(date_trunc('month', as_of) as date) as month, max(as_of) as as_of
from rfm_day
where as_of <= $as_of
group by cast(date_trunc('month', as_of) as date)
order by month
