-- Customers counted by number and mean value of their repeat visits, for Gamma-Gamma. Means that differ by less than one part
-- in $parts lie in one cell, which stands for their mean; nobody without a positive mean takes part.
select x, cast(count(*) as double) as customers, avg(mean) as mean
from (
    select h.visits - 1 as x, cast(h.revenue - f.money as double) / (h.visits - 1) as mean
    from predict_history as h
    join predict_first as f on f.customer_key = h.customer_key
    where h.revenue > f.money
) as spent
group by x, round(ln(mean) * $parts)
order by x, mean
