-- Whose scores can be others than when they were last computed: those whose figures were computed since, and those for
-- whom a boundary moved past their value, or days past a boundary.
select customer_key from segment_touched
union
select customer_key from metric_rfm where $others
