-- Rows of the file in which a field could not be taken.
select field, count(distinct line) from smc_reject where field is not null group by field;
