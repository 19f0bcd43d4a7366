-- The frequency table with days in cells of $width, each taken at its middle, so that it stays small at any number of customers.
select
    x,
    recency // $width * $width + ($width - 1) // 2 * cast(x > 0 as integer) as recency,
    age // $width * $width + ($width - 1) // 2 as age,
    sum(customers) as customers,
    sum(later) as later
from predict_frequency
group by all
